-- Recompute the summary of a custom segment in a run from the states of its members.
with members as materialized (
    select
        greatest(s.as_of, cast(:scored_as_of as date)) - s.last_invoice_date as recency,
        s.frequency,
        s.monetary,
        f.clv
    from segments.custom_member as m
    inner join segments.customer_segment as s on s.customer_id = m.customer_id
    left join segments.customer_forecast as f on f.customer_id = m.customer_id
    where m.slug = :slug and m.until_revision is null
)
insert into segments.segment_summary as s
    (run_id, scheme, slug, segment, tier, recommendation, position, customers, revenue, clv, mean_recency,
     median_recency, mean_frequency, median_frequency, mean_monetary, median_monetary, earned_share)
select
    :run_id,
    'custom',
    :slug,
    :name,
    :tier,
    cast(:recommendation as jsonb),
    :position,
    count(*),
    coalesce(sum(monetary), 0),
    case when exists (select from segments.customer_forecast) then coalesce(sum(clv), 0) end,
    avg(recency),
    percentile_cont(0.5) within group (order by recency),
    avg(frequency),
    percentile_cont(0.5) within group (order by frequency),
    avg(monetary),
    percentile_cont(0.5) within group (order by monetary),
    case when count(*) > 0 then 1 end
from members
on conflict (run_id, scheme, slug) do update set
    segment = excluded.segment,
    tier = excluded.tier,
    recommendation = excluded.recommendation,
    position = excluded.position,
    customers = excluded.customers,
    revenue = excluded.revenue,
    clv = excluded.clv,
    mean_recency = excluded.mean_recency,
    median_recency = excluded.median_recency,
    mean_frequency = excluded.mean_frequency,
    median_frequency = excluded.median_frequency,
    mean_monetary = excluded.mean_monetary,
    median_monetary = excluded.median_monetary,
    earned_share = excluded.earned_share
