-- Days with sales.
select distinct invoice_date as day
from quality.file_dates
where file_id = any(:file_ids) and layer = 'silver'
order by day
