-- Take a lease that is free: released, expired, or its holder's session ended. Increment the epoch.
update pipeline.lease
set
    epoch = epoch + 1,
    holder = :holder,
    acquired_at = clock_timestamp(),
    expires_at = clock_timestamp() + make_interval(secs => :seconds)
where
    name = :name
    and (
        holder is null
        or expires_at < clock_timestamp()
        or pg_try_advisory_xact_lock(hashtextextended(holder, 0))
    )
returning epoch
