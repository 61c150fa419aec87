-- Record the customers, revenue and expected spend of a run's segments on a day, or on the newest recorded day of the run (null), in place of
-- what was recorded for that day before.
with recorded as materialized (
    select coalesce(cast(:as_of as date), max(as_of)) as as_of
    from segments.segment_day
    where run_id = :run_id
),
emptied as (
    delete from segments.segment_day as d
    using recorded as r
    where
        d.as_of = r.as_of
        and not exists (
            select
            from segments.segment_summary as s
            where s.run_id = :run_id and s.scheme = d.scheme and s.slug = d.slug and s.customers > 0
        )
)
insert into segments.segment_day (as_of, scheme, slug, run_id, customers, revenue, clv)
select r.as_of, s.scheme, s.slug, s.run_id, s.customers, s.revenue, s.clv
from segments.segment_summary as s
cross join recorded as r
where s.run_id = :run_id and s.customers > 0 and r.as_of is not null
on conflict (as_of, scheme, slug) do update set
    run_id = excluded.run_id,
    customers = excluded.customers,
    revenue = excluded.revenue,
    clv = excluded.clv
