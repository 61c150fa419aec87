-- Customers with an implausible share of all orders.
select customer_id, frequency as orders
from gold.customer_rfm
where
    frequency > :share * (select sum(frequency) from gold.customer_rfm)
    and frequency >= :fewest
    and (select count(*) from gold.customer_rfm) >= :customers
order by frequency desc, customer_id
limit 5
