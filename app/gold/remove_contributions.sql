-- Delete the invoices of removed files.
delete from gold.customer_invoice
where file_id = any(:removed)
