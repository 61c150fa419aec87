update silver.quarantine as q
set raw = e.raw, reasons = cast(e.reasons as jsonb)
from unnest(
    cast(:file_ids as bigint[]), cast(:line_nos as int[]), cast(:raws as text[]), cast(:reasons as text[])
) as e (file_id, line_no, raw, reasons)
where q.file_id = e.file_id and q.line_no = e.line_no
