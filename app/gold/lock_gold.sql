-- One refresh at a time: an invoice counts as new only if no earlier refresh has added it.
select pg_advisory_xact_lock(hashtext('regulars.gold'))
