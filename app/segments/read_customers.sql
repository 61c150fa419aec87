-- A batch of the customers to segment, by id after :after, with their features and their stored assignment: null and true of
-- a new customer. One row of arrays, because a row per customer takes longer to read; the features, and the days since
-- the first sale (tenure), are bytes of doubles.
-- is_changed: whether gold has other features than those stored, or the customer was assigned on a later day than :as_of, before
-- the clock was set back. :is_changed_only leaves out the customers with the same features.
-- If every customer is read, {{ of page }} restricts the stored states to the ids of the batch: else each batch reads them all.
with page as (
    select *
    from {{ customers }} as g
    where g.is_segmented and g.customer_id > :after
    {{ page }}
),
customers as (
    select
        g.customer_id,
        cast(:as_of as date) - g.last_invoice_date as recency,
        g.frequency,
        g.monetary,
        cast(:as_of as date) - g.first_invoice_date as tenure,
        s.cluster,
        {{ stored slugs }},
        (
            s.customer_id is null
            or s.frequency <> g.frequency
            or s.monetary <> g.monetary
            or s.returned <> g.returned
            or s.last_invoice_date <> g.last_invoice_date
            or s.first_invoice_date <> g.first_invoice_date
            or s.country is distinct from g.country
            or (s.as_of > cast(:as_of as date) and not cast(:is_changed_only as boolean))
        ) as is_changed
    from page as g
    left join segments.customer_segment as s on s.customer_id = g.customer_id and s.customer_id > :after {{ of page }}
),
batch as (
    select *
    from customers
    where is_changed or not cast(:is_changed_only as boolean)
    order by customer_id
    limit :size
)
select
    coalesce(array_agg(customer_id), '{}') as customer_ids,
    coalesce(
        string_agg(
            float8send(recency) || float8send(frequency) || float8send(cast(monetary as float8)) || float8send(tenure),
            cast('' as bytea)
        ),
        ''
    ) as features,
    coalesce(array_agg(cluster), '{}') as clusters,
    {{ aggregated slugs }},
    coalesce(array_agg(is_changed), '{}') as is_changed
from batch
