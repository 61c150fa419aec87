-- Of each of these files: number and money of its invoices that other active files have too, and the newest of those found.
select i.file_id, count(distinct i.invoice_no) as invoices, sum(i.amount) as amount,
    max(elsewhere.file_id) as other_id
from gold.customer_invoice as i
-- One index lookup per invoice: as `exists` it may become one scan of the whole history.
cross join lateral (
    select other.file_id
    from gold.customer_invoice as other
    where other.invoice_no = i.invoice_no and other.file_id <> i.file_id
    limit 1
) as elsewhere
where i.file_id = any(:file_ids) and i.customer_id <> ''
group by i.file_id
