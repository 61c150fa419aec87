-- Delete the invoices of removed files, and the customers without any invoice left.
with withdrawn as (
    delete from gold.customer_invoice
    where file_id = any(:removed)
    returning customer_id
)
delete from gold.customer_rfm as rfm
where
    rfm.customer_id in (select customer_id from withdrawn)
    and not exists (
        select 1 from gold.customer_invoice as i
        where i.customer_id = rfm.customer_id and i.file_id <> all(:removed)
    )
