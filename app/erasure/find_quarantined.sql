-- Quarantined rows that contain the id as a whole word.
select file_id, line_no, raw, reasons
from silver.quarantine
where strpos(raw, :fragment) > 0 and raw ~ :whole_word
