-- Mark files loaded, or empty if they have no rows.
update pipeline.source_file as f
set
    state = case when s.rows_loaded + s.rows_quarantined + s.rows_skipped > 0 then 'loaded' else 'empty' end,
    sha256 = s.sha256,
    supersedes_id = s.supersedes_id,
    rows_read = s.rows_loaded + s.rows_quarantined + s.rows_skipped,
    rows_loaded = s.rows_loaded,
    rows_quarantined = s.rows_quarantined,
    rows_skipped = s.rows_skipped,
    contract_sha256 = :contract_sha256,
    quarantine_contract_sha256 = :contract_sha256,
    error = null,
    run_id = :run_id,
    loaded_at = :loaded_at
from unnest(
    cast(:file_ids as bigint[]), cast(:sha256s as text[]), cast(:supersedes_ids as bigint[]), cast(:loaded as int[]),
    cast(:quarantined as int[]), cast(:skipped as int[])
) as s (file_id, sha256, supersedes_id, rows_loaded, rows_quarantined, rows_skipped)
where f.id = s.file_id
