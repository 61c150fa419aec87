-- Days with sales.
select distinct invoice_date as day
from quality.file_dates
where layer = 'silver'
order by day
