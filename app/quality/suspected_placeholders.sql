-- Customers with far more orders than others, and ids that are placeholders in most shops.
with totals as materialized (
    select count(*) as customers, sum(frequency) as orders, coalesce(sum(monetary) filter (where monetary > 0), 0) as money
    from gold.customer_rfm
),
compared as materialized (
    -- In a shop with more customers, ten times the average is less than a tenth of all orders.
    select
        (array_agg(frequency order by frequency desc))[2] as second,
        percentile_cont(0.5) within group (order by frequency) as median
    from gold.customer_rfm
    where
        lower(customer_id) <> all(:words)
        and (select customers from totals) >= :fewest_to_compare
        and (select customers from totals) < :times / :share
)
select r.customer_id, r.frequency, r.monetary, t.orders, t.money
from gold.customer_rfm as r
cross join totals as t
cross join compared as c
where
    (
        t.customers >= :fewest_customers
        and r.frequency >= :fewest_orders
        and r.frequency > t.orders * greatest(:share, least(:large_share, :times / t.customers))
    )
    or (
        r.frequency >= :fewest_orders
        and r.frequency > t.orders * :share
        and r.frequency >= c.second * greatest(:times_second, c.second / c.median)
    )
    or lower(r.customer_id) = any(:words)
order by r.monetary desc, r.customer_id
