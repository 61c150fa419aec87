-- Delete a batch of runs that ended before a time, with their steps; returns their number. The newest run of each job is
-- not deleted, because the schedule continues from it, nor its newest success, whose age is monitored.
with newest as materialized (
    select
        job,
        max(scheduled_for) as run,
        max(scheduled_for) filter (where state = 'succeeded') as success
    from pipeline.job_run
    group by job
),
deleted as (
    delete from pipeline.job_run
    where run_id in (
        select r.run_id
        from pipeline.job_run as r
        inner join newest as n on n.job = r.job
        where r.finished_at < :before and r.scheduled_for < n.run and r.scheduled_for is distinct from n.success
        order by r.finished_at
        limit :rows
    )
    returning run_id
),
steps as (
    delete from pipeline.run_step
    where run_id in (select run_id from deleted)
)
select count(*) from deleted
