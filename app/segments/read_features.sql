-- Features of a batch of the customers to segment, by id after :after, as bytes of doubles, and the last id.
with batch as (
    select
        customer_id, cast(:as_of as date) - last_invoice_date as recency, frequency, cast(monetary as float8) as monetary
    from gold.customer_rfm
    where is_segmented and customer_id > :after
    order by customer_id
    limit :size
)
select
    max(customer_id) as last_id,
    coalesce(string_agg(float8send(recency) || float8send(frequency) || float8send(monetary), cast('' as bytea)), '')
        as features
from batch
