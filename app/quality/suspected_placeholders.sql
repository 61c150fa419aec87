-- Customers with far more orders than others, and ids that are placeholders in most shops.
with totals as materialized (
    select count(*) as customers, sum(frequency) as orders, coalesce(sum(monetary) filter (where monetary > 0), 0) as money
    from gold.customer_rfm
)
select r.customer_id, r.frequency, r.monetary, t.orders, t.money
from gold.customer_rfm as r
cross join totals as t
where
    (
        t.customers >= :fewest_customers
        and r.frequency >= :fewest_orders
        and r.frequency > t.orders * greatest(:share, least(:large_share, :times / t.customers))
    )
    or lower(r.customer_id) = any(:words)
order by r.monetary desc, r.customer_id
