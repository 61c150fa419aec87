-- Lock keys and contents until the transaction ends, across processes. All locks are taken in one statement in
-- ascending order, which prevents deadlocks.
select pg_advisory_xact_lock(lock_id)
from (
    select distinct hashtextextended(name, 0) as lock_id
    from unnest(cast(:names as text[])) as names (name)
    order by lock_id
) as lock_ids
