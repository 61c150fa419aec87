-- Some runs that ended before a moment go, with their steps; of each job the newest stays, for the clock goes on from it.
with gone as (
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
    where run_id in (select run_id from gone)
)
select count(*) from gone
