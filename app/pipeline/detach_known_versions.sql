-- Detach inactive versions of the new source with the key and content of a version of the old source, under the
-- source name '', which no source has. The version of the old source gets their listing, so that it is not read again.
with pairs as (
    select old.id as old_id, new.id as new_id, new.etag, new.last_modified, new.version_id,
        new.discovered_at, new.archive_id
    from pipeline.source_file as old
    inner join pipeline.source_file as new
        on new.source = :new and new.key = old.key and new.sha256 = old.sha256
    where old.source = :old and new.state not in ('loaded', 'empty', 'source_missing')
),
listed as (
    update pipeline.source_file as f
    set etag = p.etag, last_modified = p.last_modified, version_id = p.version_id, discovered_at = p.discovered_at,
        archive_id = p.archive_id
    from pairs as p
    where f.id = p.old_id
)
update pipeline.source_file as f
set source = '', state = 'superseded', duplicate_of_id = null
from pairs as p
where f.id = p.new_id
