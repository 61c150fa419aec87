-- The new source takes over the address of the old one, unless it has one of its own.
with moved as (
    insert into pipeline.source (name, location, is_configured)
    select :new, location, is_configured from pipeline.source where name = :old
    on conflict (name) do nothing
)
update pipeline.source set is_configured = false where name = :old
