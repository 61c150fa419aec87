-- Features of a batch of the customers to segment, by id after :after: recency, frequency, monetary value and days since the
-- first sale as bytes of doubles, the stored clusters as bytes of smallints (-32768 of new customers), and the last id.
with batch as (
    select
        g.customer_id,
        cast(:as_of as date) - g.last_invoice_date as recency,
        g.frequency,
        cast(g.monetary as float8) as monetary,
        cast(:as_of as date) - g.first_invoice_date as tenure,
        coalesce(s.cluster, cast(-32768 as smallint)) as cluster
    from {{ customers }} as g
    left join segments.customer_segment as s on s.customer_id = g.customer_id and s.customer_id > :after
    where g.is_segmented and g.customer_id > :after
    order by g.customer_id
    limit :size
)
select
    max(customer_id) as last_id,
    coalesce(
        string_agg(
            float8send(recency) || float8send(frequency) || float8send(monetary) || float8send(tenure),
            cast('' as bytea)
        ),
        ''
    ) as features,
    coalesce(string_agg(int2send(cluster), cast('' as bytea)), '') as clusters
from batch
