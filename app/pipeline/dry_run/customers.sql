-- Customers, and the one who spent most.
select
    count(*) as customers,
    count(*) filter (where is_segmented) as segmented,
    coalesce(sum(gross), 0) as gross,
    coalesce(sum(returned), 0) as returned,
    coalesce(sum(monetary) filter (where monetary > 0), 0) as money,
    coalesce(max(monetary), 0) as largest,
    (array_agg(customer_id order by monetary desc, customer_id))[1] as largest_id
from gold.customer_rfm
