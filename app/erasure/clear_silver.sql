with cleared as (
    update silver.sales_row
    set customer_id = null
    where customer_id = :customer_id
    returning file_id
)
select file_id, count(*) as rows
from cleared
group by file_id
