-- Number of rows whose texts were read in a wrong encoding.
select coalesce(sum(rows), 0) as rows
from quality.file_warning
where file_id = any(:file_ids) and kind = 'mojibake'
