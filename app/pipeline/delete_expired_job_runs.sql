-- Delete a batch of runs that ended before a time, with their steps; returns their number. The newest run of each
-- job is not deleted: the schedule continues from it.
with deleted as (
    delete from pipeline.job_run
    where run_id in (
        select r.run_id
        from pipeline.job_run as r
        where
            r.finished_at < :before
            and r.scheduled_for < (select max(n.scheduled_for) from pipeline.job_run as n where n.job = r.job)
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
