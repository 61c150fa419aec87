-- One writer at a time, each with what the previous one has committed.
select pg_advisory_xact_lock(hashtext('regulars.freshness'))
