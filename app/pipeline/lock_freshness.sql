-- One writer at a time: each reads the values committed by the previous one.
select pg_advisory_xact_lock(hashtext('regulars.freshness'))
