-- Copy the location of the old source to the new one, unless the new one has a row.
with moved as (
    insert into pipeline.source (name, location, is_configured)
    select :new, location, is_configured from pipeline.source where name = :old
    on conflict (name) do nothing
)
update pipeline.source set is_configured = false where name = :old
