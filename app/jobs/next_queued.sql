-- The queued run to start next, of a job without a run in progress. The first job has priority, but not twice in a row,
-- so that other jobs are not delayed without limit; then the oldest request. Retries are not started before their time;
-- a retry further ahead than the longest delay was scheduled by a wrong clock, and is due.
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
