-- One writer at a time, from what the one before it has committed.
select pg_advisory_xact_lock(hashtext('regulars.freshness'))
