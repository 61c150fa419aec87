-- Other active files that have an invoice of these files.
select distinct elsewhere.file_id
from gold.customer_invoice as i
-- A fence: one index lookup per invoice, not a scan of the whole history.
cross join lateral (
    select other.file_id
    from gold.customer_invoice as other
    where other.invoice_no = i.invoice_no and other.file_id <> all(:file_ids)
    offset 0
) as elsewhere
where i.file_id = any(:file_ids) and i.customer_id <> ''
order by elsewhere.file_id
