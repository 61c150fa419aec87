-- Customers with different segments in two states, with the features of both, by id after :after_id. Without slugs and
-- without a limit: all of them.
with before as (
    select
        customer_id, case :scheme when 'kmeans' then kmeans else rules end as slug, recency, frequency, monetary
    from segments.customer_segment
    where run_id = :before_run and as_of <= :before_day and customer_id > :after_id
    union all
    select
        customer_id, case :scheme when 'kmeans' then kmeans else rules end, recency, frequency, monetary
    from segments.customer_segment_history
    where run_id = :before_run and as_of <= :before_day and until > :before_day and customer_id > :after_id
),
after as (
    select
        customer_id, case :scheme when 'kmeans' then kmeans else rules end as slug, recency, frequency, monetary
    from segments.customer_segment
    where run_id = :after_run and as_of <= :after_day and customer_id > :after_id
    union all
    select
        customer_id, case :scheme when 'kmeans' then kmeans else rules end, recency, frequency, monetary
    from segments.customer_segment_history
    where run_id = :after_run and as_of <= :after_day and until > :after_day and customer_id > :after_id
)
select
    a.customer_id,
    b.slug as before,
    a.slug as after,
    b.recency as recency_before,
    b.frequency as frequency_before,
    b.monetary as monetary_before,
    a.recency,
    a.frequency,
    a.monetary
from before as b
inner join after as a on a.customer_id = b.customer_id and a.slug <> b.slug
where
    (cast(:from_slugs as text[]) is null or b.slug = any(:from_slugs))
    and (cast(:to_slugs as text[]) is null or a.slug = any(:to_slugs))
order by a.customer_id
limit :limit
