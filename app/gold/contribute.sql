-- Add the invoices of these files: amount and country of the sales that count.
insert into gold.customer_invoice (file_id, customer_id, invoice_no, invoice_date, amount, country)
select
    file_id,
    customer_id,
    invoice_no,
    invoice_date,
    sum(total_price),
    max(country collate "C")
from silver.retail_transactions
where
    file_id = any(:added)
    and customer_id is not null
    and not is_cancellation
    and (stock_code ~ '^[0-9]{5}[A-Za-z]*$' or stock_code = 'PADS')
group by file_id, customer_id, invoice_no, invoice_date
