-- Features of every customer at one as_of, sorted by id, so that a training run is repeatable.
select
    customer_id,
    cast(:as_of as date) - last_invoice_date as recency,
    frequency,
    cast(monetary as float8) as monetary
from gold.customer_rfm
order by customer_id
