-- Files of the run with their rows by outcome.
select id, source, key, state, coalesce(rows_read, 0) as rows, coalesce(rows_loaded, 0) as silver,
    coalesce(rows_quarantined, 0) as quarantined, rows_skipped as skipped, error
from pipeline.source_file
where not_read is null
order by source collate "C", key
