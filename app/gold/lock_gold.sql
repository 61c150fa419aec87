-- One refresh at a time: whether an invoice is new depends on every file that was refreshed before.
select pg_advisory_xact_lock(hashtext('regulars.gold'))
