-- Take a run out of the reads: no day and no run_id is answered from it any more.
with logged as (
    delete from segments.publication_log
    where run_id = :run_id
)
update segments.model
set removed_at = :removed_at
where
    run_id = :run_id
    and removed_at is null
