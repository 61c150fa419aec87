-- Recompute the expected spend of all segments of a run from segments.customer_forecast: null without a forecast. It is null for
-- the segments of other runs, whose forecasts are not stored.
with totals as materialized (
    -- One scan for all schemes: there are few combinations of segments.
    select {{ stored slugs }}, sum(f.clv) as clv
    from segments.customer_segment as s
    inner join segments.customer_forecast as f on f.customer_id = s.customer_id
    group by {{ stored slugs }}
),
labelled as (
    {{ labelled forecasts }}
),
measured as (
    select scheme, slug, sum(clv) as clv from labelled group by scheme, slug
)
update segments.segment_summary as s
set clv = case when s.run_id = :run_id and exists (select from totals) then coalesce(m.clv, 0) end
from segments.segment_summary as every
left join measured as m on m.scheme = every.scheme and m.slug = every.slug
where
    every.run_id = s.run_id
    and every.scheme = s.scheme
    and every.slug = s.slug
    and (s.run_id = :run_id or s.clv is not null)
