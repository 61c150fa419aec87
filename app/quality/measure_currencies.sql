-- Rows and money of silver by currency as given.
insert into quality.file_currency (file_id, currency, rows, money)
select file_id, currency, count(*), sum(abs(total_price))
from silver.sales_row
where file_id = any(:file_ids) and currency <> ''
group by file_id, currency
