-- Starts and ends of runs without an event, since events were switched on, in the order of their times.
select
    m.moment,
    m.happened_at,
    r.run_id,
    r.job,
    r.state,
    r.scheduled_for,
    r.counts,
    r.error,
    r.error_kind
from pipeline.job_run as r
cross join lateral (values ('start', r.started_at), ('end', r.finished_at)) as m (moment, happened_at)
where
    r.job = any(:jobs)
    and r.started_at >= greatest(
        (select d.since from pipeline.openlineage_delivery as d), clock_timestamp() - cast(:window as interval)
    )
    and m.happened_at is not null
    and not exists (
        select from pipeline.openlineage_event as e where e.run_id = r.run_id and e.moment = m.moment
    )
order by m.happened_at, m.moment collate "C" desc
limit :events
