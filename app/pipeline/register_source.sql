-- Record the location of a configured source, and mark sources that are not configured; returns whether a row
-- changed, false for the first source.
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
    where name <> all(cast(:configured as text[])) and is_configured
    returning name
)
-- This part reads the table as of the start of the statement.
select
    ((select count(*) from registered) + (select count(*) from others)) > 0
    and exists (select from pipeline.source) as has_changed
