-- Numbers of customers by segment before and after, null if they are in one state only. Of customers who moved: the
-- later features, of which the causes are computed. One join: sorting the customers to page through them takes longer.
with before as (
    select customer_id, case :scheme when 'kmeans' then kmeans else rules end as slug
    from segments.customer_segment
    where run_id = :before_run and as_of <= :before_day
    union all
    select customer_id, case :scheme when 'kmeans' then kmeans else rules end
    from segments.customer_segment_history
    where run_id = :before_run and as_of <= :before_day and until > :before_day
),
after as (
    select
        customer_id, case :scheme when 'kmeans' then kmeans else rules end as slug, recency, frequency, monetary
    from segments.customer_segment
    where run_id = :after_run and as_of <= :after_day
    union all
    select customer_id, case :scheme when 'kmeans' then kmeans else rules end, recency, frequency, monetary
    from segments.customer_segment_history
    where run_id = :after_run and as_of <= :after_day and until > :after_day
)
select
    b.slug as before,
    a.slug as after,
    count(*) as customers,
    array_agg(cast(a.recency as double precision)) filter (where a.slug <> b.slug) as recency,
    array_agg(cast(a.frequency as double precision)) filter (where a.slug <> b.slug) as frequency,
    array_agg(cast(a.monetary as double precision)) filter (where a.slug <> b.slug) as monetary
from before as b
full join after as a on a.customer_id = b.customer_id
group by b.slug, a.slug
