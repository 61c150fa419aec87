-- Days with sales.
select distinct invoice_date as day
from silver.sales_row
where file_id = any(:file_ids)
order by day
