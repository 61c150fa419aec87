-- Adjust the quality measurements of files by the number of rows whose customer id was cleared.
update quality.file_profile as p
set null_customers = p.null_customers + e.rows
from unnest(cast(:file_ids as bigint[]), cast(:rows as int[])) as e (file_id, rows)
where p.file_id = e.file_id and p.layer = :layer
