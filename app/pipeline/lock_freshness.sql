-- One writer at a time; each reads what the previous one committed.
select pg_advisory_xact_lock(hashtext('regulars.freshness'))
