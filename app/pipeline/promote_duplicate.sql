-- The first duplicate of a superseded file becomes active; the other duplicates become duplicates of it.
with duplicates as (
    select id, source, key
    from pipeline.source_file
    where duplicate_of_id = :file_id and state = 'duplicate'
    for update
),
promoted as (
    select id
    from duplicates
    order by source collate "C", key
    limit 1
),
others as (
    update pipeline.source_file as f
    set duplicate_of_id = promoted.id
    from promoted
    where f.id in (select id from duplicates) and f.id <> promoted.id
)
update pipeline.source_file as f
set
    state = 'loaded',
    duplicate_of_id = null,
    supersedes_id = null,
    error = null,
    rows_read = superseded.rows_read,
    rows_loaded = superseded.rows_loaded,
    rows_quarantined = superseded.rows_quarantined,
    rows_skipped = superseded.rows_skipped,
    contract_sha256 = superseded.contract_sha256,
    quarantine_contract_sha256 = superseded.quarantine_contract_sha256,
    reading_sha256 = superseded.reading_sha256,
    received_at = superseded.received_at,
    other_sheets = superseded.other_sheets,
    columns = superseded.columns,
    run_id = :run_id,
    loaded_at = :loaded_at
from promoted, pipeline.source_file as superseded
where f.id = promoted.id and superseded.id = :file_id
returning f.id as file_id, f.source || '/' || f.key as name, f.state, f.sha256, f.rows_read as rows
