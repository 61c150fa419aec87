-- Money in silver and in quarantine.
select
    coalesce(q.money, 0) as quarantined,
    coalesce(s.money, 0) as silver,
    coalesce(s.counting, 0) as counting,
    coalesce(s.returned, 0) as returned,
    coalesce(s.uncounted, 0) as uncounted,
    coalesce(s.without_customer_money, 0) as without_customer_money,
    s.rows,
    s.without_customer,
    s.currencies
from (
    select
        count(*) as rows,
        count(*) filter (where customer_id is null) as without_customer,
        sum(total_price) filter (where customer_id is null) as without_customer_money,
        sum(total_price) as money,
        sum(total_price) filter (where effect = 1) as counting,
        sum(abs(total_price)) filter (where effect = -1) as returned,
        sum(total_price) filter (where effect = 0 and customer_id is not null and total_price > 0 and not {{ is return }})
            as uncounted,
        array_agg(distinct currency collate "C") filter (where currency <> '') as currencies
    from silver.sales_row
    where file_id = any(:file_ids)
) as s
cross join (
    select sum(total_price) as money
    from silver.quarantine
    where file_id = any(:file_ids)
) as q
