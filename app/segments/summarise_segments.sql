-- Recompute the summaries of some segments of a run by the slugs of each scheme, or of all segments of a scheme (null). The
-- medians are those of segments.distribution. Segments by rules are earned by each customer; the shares of the others are
-- written afterwards.
with totals as materialized (
    -- One scan for both schemes: there are few pairs of segments.
    select
        kmeans,
        rules,
        count(*) as customers,
        sum(recency) as recency,
        sum(frequency) as frequency,
        sum(monetary) as monetary
    from ({{ state }}) as s
    where
        cast(:kmeans as text[]) is null or kmeans = any(cast(:kmeans as text[]))
        or cast(:rules as text[]) is null or rules = any(cast(:rules as text[]))
    group by kmeans, rules
),
labelled as (
    select 'kmeans' as scheme, kmeans as slug, customers, recency, frequency, monetary
    from totals
    union all
    select 'rules', rules, customers, recency, frequency, monetary
    from totals
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
    earned_share = case when every.scheme = 'rules' and m.customers > 0 then 1 end
from segments.segment_summary as every
left join measured as m on m.scheme = every.scheme and m.slug = every.slug
left join medians as d on d.scheme = every.scheme and d.slug = every.slug
where
    s.run_id = :run_id
    and every.run_id = s.run_id
    and every.scheme = s.scheme
    and every.slug = s.slug
    and (
        case s.scheme when 'kmeans' then cast(:kmeans as text[]) else cast(:rules as text[]) end is null
        or s.slug = any(case s.scheme when 'kmeans' then cast(:kmeans as text[]) else cast(:rules as text[]) end)
    )
