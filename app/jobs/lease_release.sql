-- Release the lease and notify the processes that wait for it.
with released as (
    update pipeline.lease
    set holder = null, expires_at = null
    where name = :name and epoch = :epoch
    returning name
)
select pg_notify(:channel, name) from released
