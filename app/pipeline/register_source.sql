-- Records where a source is stored now, and that it is the configured one; returns whether
-- this changed anything about sources that were known before.
with registered as (
    insert into pipeline.source as s (name, location, is_configured)
    values (:name, :location, true)
    on conflict (name) do update set location = excluded.location, is_configured = true
    where (s.location, s.is_configured) is distinct from (excluded.location, true)
    returning name
),
others as (
    update pipeline.source
    set is_configured = false
    where name <> :name and is_configured
    returning name
)
-- The last part reads the table as it was before this statement.
select
    ((select count(*) from registered) + (select count(*) from others)) > 0
    and exists (select from pipeline.source) as has_changed
