-- Versions of the keys of a batch, active files with the same contents, and the originals of duplicates among these
-- versions. is_missing: its object is deleted, or its source is no longer configured.
with found as (
    select f.id
    from pipeline.source_file as f
    where f.source = :source and f.key = any(cast(:keys as text[]))
    union
    select f.id
    from pipeline.source_file as f
    where f.sha256 = any(cast(:sha256s as text[])) and f.state in ('loaded', 'empty', 'source_missing')
    union
    select own.duplicate_of_id
    from pipeline.source_file as own
    where own.source = :source and own.key = any(cast(:keys as text[])) and own.state = 'duplicate'
)
select
    f.id as file_id,
    f.source || '/' || f.key as name,
    f.state,
    f.sha256,
    f.rows_read as rows,
    f.duplicate_of_id as duplicate_of,
    f.state = 'source_missing'
    or exists (select from pipeline.source as s where s.name = f.source and not s.is_configured) as is_missing
from pipeline.source_file as f
where f.id in (select id from found)
