-- The same defects measured on silver, where the contract forbids all but missing customers and rescued columns.
insert into quality.file_profile
    (file_id, layer, processing_date, rows, null_invoices, null_stock_codes, null_customers, bad_quantities, bad_prices,
     rescued_rows)
select
    s.file_id,
    'silver',
    min(s.processing_date),
    count(*),
    count(*) filter (where btrim(s.invoice_no) = ''),
    count(*) filter (where btrim(s.stock_code) = ''),
    count(*) filter (where s.customer_id is null),
    count(*) filter (where s.quantity <= 0),
    count(*) filter (where s.unit_price < 0),
    0
from silver.retail_transactions as s
where s.file_id = any(:file_ids)
group by s.file_id
