-- Exclude a run from all reads, by day and by run_id.
with logged as (
    delete from segments.publication_log
    where run_id = :run_id
)
update segments.model
set removed_at = :removed_at
where
    run_id = :run_id
    and removed_at is null
