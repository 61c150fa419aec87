-- The holder's sign of life; no row where another has taken the lease over.
update pipeline.lease
set expires_at = clock_timestamp() + make_interval(secs => :seconds)
where name = :name and epoch = :epoch and holder is not null
returning epoch
