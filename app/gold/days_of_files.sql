-- Days of the invoices of these files.
select distinct invoice_date
from gold.customer_invoice
where file_id = any(:file_ids) and customer_id <> ''
