-- Read without parallel workers until the transaction ends: they take no time off an assignment, and lookups meanwhile wait for
-- a core.
set local max_parallel_workers_per_gather = 0
