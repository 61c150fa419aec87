-- Add a row without a customer for each invoice of these files: a file may have an invoice of which no line counts, and it
-- replaces the invoice of an older file all the same. Only where invoices count once.
insert into gold.customer_invoice (file_id, customer_id, invoice_no, invoice_date, amount, is_sale)
select file_id, '', invoice_no, min(invoice_date), 0, false
from silver.sales_row
where file_id = any(:added)
group by file_id, invoice_no
