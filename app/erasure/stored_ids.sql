-- Stored ids that the rules of today read as this id.
select distinct r.customer_id
from (
    select customer_id from silver.sales_row
    union all
    select customer_id from gold.customer_rfm
    union all
    select customer_id from segments.customer_segment
    union all
    select customer_id from segments.customer_change
) as r
where r.customer_id is not null and {{ customer id }} = :customer_id
