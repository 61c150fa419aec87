-- Add the invoices of these files: amount and country of the sales that count.
insert into gold.customer_invoice (file_id, customer_id, invoice_no, invoice_date, amount, country)
select
    file_id,
    customer_id,
    invoice_no,
    invoice_date,
    sum(quantity * unit_price),
    max(country collate "C")
from silver.sales_row
where
    file_id = any(:added)
    and customer_id is not null
    and left(invoice_no, 1) not in ('C', 'c')
    and (stock_code ~ '^[0-9]{5}[A-Za-z]*$' or stock_code = 'PADS')
group by file_id, customer_id, invoice_no, invoice_date
