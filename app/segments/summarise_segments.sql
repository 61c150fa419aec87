-- Recompute the summaries of some segments of a run by the slugs of each scheme, or of all segments of a scheme (null). The
-- medians are those of segments.distribution. Segments of other schemes than the first are earned by each customer; its shares are
-- written afterwards.
with totals as materialized (
    -- One scan for all schemes: there are few combinations of segments.
    select
        {{ slugs }},
        count(*) as customers,
        sum(recency) as recency,
        sum(frequency) as frequency,
        sum(monetary) as monetary
    from ({{ state }}) as s
    where {{ chosen slugs }}
    group by {{ slugs }}
),
labelled as (
    {{ labelled }}
),
measured as (
    select
        scheme,
        slug,
        sum(customers) as customers,
        sum(monetary) as revenue,
        sum(recency) / sum(customers) as mean_recency,
        sum(frequency) / sum(customers) as mean_frequency,
        sum(monetary) / sum(customers) as mean_monetary
    from labelled
    group by scheme, slug
),
medians as (
    select
        kind as scheme,
        name as slug,
        max(median) filter (where feature = 'recency') as median_recency,
        max(median) filter (where feature = 'frequency') as median_frequency,
        max(median) filter (where feature = 'monetary') as median_monetary
    from segments.distribution
    where run_id = :run_id
    group by kind, name
)
update segments.segment_summary as s
set
    customers = coalesce(m.customers, 0),
    revenue = coalesce(m.revenue, 0),
    mean_recency = m.mean_recency,
    median_recency = d.median_recency,
    mean_frequency = m.mean_frequency,
    median_frequency = d.median_frequency,
    mean_monetary = m.mean_monetary,
    median_monetary = d.median_monetary,
    earned_share = case when every.scheme <> '{{ first scheme }}' and m.customers > 0 then 1 end
from segments.segment_summary as every
left join measured as m on m.scheme = every.scheme and m.slug = every.slug
left join medians as d on d.scheme = every.scheme and d.slug = every.slug
where
    s.run_id = :run_id
    and every.run_id = s.run_id
    and every.scheme = s.scheme
    and every.slug = s.slug
    and ({{ chosen summaries }})
