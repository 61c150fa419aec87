-- Delete the invoices and identifiers of removed files.
with identifiers as (
    delete from gold.customer_identifier
    where file_id = any(:removed)
)
delete from gold.customer_invoice
where file_id = any(:removed)
