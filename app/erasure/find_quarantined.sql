-- Quarantined rows that may be the customer's, or in which his id stands by itself.
select file_id, line_no, raw, reasons
from silver.quarantine
where (strpos(raw, :customer_id) > 0 or strpos(raw, :quoted) > 0) and raw ~ :alone
