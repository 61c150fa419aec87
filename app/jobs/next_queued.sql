-- The queued run to start next. Jobs with a run in progress wait. The first job goes before the others, but not twice
-- in a row, so that it cannot keep them waiting without limit; then the oldest request. A retry waits for its time; one
-- that is further ahead than the longest delay was scheduled by a wrong clock, and is due.
with latest as (
    select job
    from pipeline.job_run
    where started_at is not null
    order by started_at desc
    limit 1
)
select q.run_id, q.job, q.parameters
from pipeline.job_run as q
left join latest on true
where
    q.state = 'queued'
    and q.job not in (select job from pipeline.job_run where state = 'running')
    and (
        q.trigger <> 'retry'
        or q.scheduled_for <= clock_timestamp()
        or q.scheduled_for > clock_timestamp() + make_interval(secs => :longest_delay)
    )
order by (q.job = :first_job) = (latest.job is not distinct from :first_job), q.scheduled_for, q.run_id
limit 1
