-- Money in silver and in quarantine.
select
    coalesce(q.money, 0) as quarantined,
    coalesce(s.money, 0) as silver,
    coalesce(s.without_customer, 0) as without_customer
from (
    select sum(total_price) as money, sum(total_price) filter (where customer_id is null) as without_customer
    from silver.sales_row
    where file_id = any(:file_ids)
) as s
cross join (
    select sum(total_price) as money
    from silver.quarantine
    where file_id = any(:file_ids)
) as q
