-- Renew a lease; returns no row if another process took it over.
update pipeline.lease
set expires_at = clock_timestamp() + make_interval(secs => :seconds)
where name = :name and epoch = :epoch and holder is not null
returning epoch
