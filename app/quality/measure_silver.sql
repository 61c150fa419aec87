-- Dates and defects of silver in one scan. The contract allows missing customers only, so that the other counts are 0.
with dated as (
    select
        file_id,
        invoice_date,
        count(*) as rows,
        count(*) filter (where btrim(invoice_no) = '') as null_invoices,
        count(*) filter (where btrim(stock_code) = '') as null_stock_codes,
        count(*) filter (where customer_id is null) as null_customers,
        count(*) filter (where quantity <= 0) as bad_quantities,
        count(*) filter (where unit_price < 0) as bad_prices
    from silver.sales_row
    where file_id = any(:file_ids)
    group by file_id, invoice_date
),
dates as (
    insert into quality.file_dates (file_id, layer, invoice_date, rows)
    select file_id, 'silver', invoice_date, rows
    from dated
)
insert into quality.file_profile
    (file_id, layer, processing_date, rows, null_invoices, null_stock_codes, null_customers, bad_quantities, bad_prices,
     rescued_rows)
select
    file_id,
    'silver',
    (
        select s.processing_date
        from silver.retail_transactions as s
        where s.file_id = dated.file_id
        limit 1
    ),
    sum(rows),
    sum(null_invoices),
    sum(null_stock_codes),
    sum(null_customers),
    sum(bad_quantities),
    sum(bad_prices),
    0
from dated
group by file_id
