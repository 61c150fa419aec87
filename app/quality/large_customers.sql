-- Customers with an implausible share of all orders or of all money, and ids that are placeholders in most shops.
with totals as materialized (
    select count(*) as customers, sum(frequency) as orders, coalesce(sum(monetary) filter (where monetary > 0), 0) as money
    from gold.customer_rfm
)
select r.customer_id, r.frequency, r.monetary, t.orders, t.money
from gold.customer_rfm as r
cross join totals as t
where
    (t.customers >= :fewest_customers and (r.frequency > :share * t.orders or r.monetary > :share * t.money))
    or lower(r.customer_id) = any(:words)
order by r.monetary desc, r.customer_id
