-- The lease is free at once; whoever waits for it is told.
with given_back as (
    update pipeline.lease
    set holder = null, expires_at = null
    where name = :name and epoch = :epoch
    returning name
)
select pg_notify(:channel, name) from given_back
