-- Dates, money, defects and wrong encodings of silver in one scan. The contract allows missing customers only, so that the
-- other counts are 0. Parts in double braces are rendered.
with measured as (
    select
        file_id,
        invoice_date,
        {{ outcome }} as outcome,
        count(*) as rows,
        sum(abs(total_price)) as money,
        count(*) filter (where btrim(invoice_no) = '') as null_invoices,
        count(*) filter (where btrim(stock_code) = '') as null_stock_codes,
        count(*) filter (where customer_id is null) as null_customers,
        count(*) filter (where quantity <= 0) as bad_quantities,
        count(*) filter (where unit_price < 0) as bad_prices,
        count(*) filter (where {{ mojibake }}) as mojibake,
        sum(abs(total_price)) filter (where {{ mojibake }}) as mojibake_money,
        min(line_no) filter (where {{ mojibake }}) as mojibake_line
    from silver.sales_row
    where file_id = any(:file_ids)
    group by 1, 2, 3
),
dates as (
    insert into quality.file_dates (file_id, layer, invoice_date, rows, money)
    select file_id, 'silver', invoice_date, sum(rows), sum(money)
    from measured
    group by file_id, invoice_date
),
outcomes as (
    insert into quality.file_money (file_id, invoice_date, outcome, rows, money)
    select file_id, invoice_date, outcome, rows, money
    from measured
),
warnings as (
    insert into quality.file_warning (file_id, kind, rows, money, example)
    select file_id, 'mojibake', sum(mojibake), sum(mojibake_money), concat('line ', min(mojibake_line))
    from measured
    where mojibake > 0
    group by file_id
)
insert into quality.file_profile
    (file_id, layer, processing_date, rows, money, null_invoices, null_stock_codes, null_customers, bad_quantities,
     bad_prices, rescued_rows)
select
    file_id,
    'silver',
    (
        select s.processing_date
        from silver.retail_transactions as s
        where s.file_id = measured.file_id
        limit 1
    ),
    sum(rows),
    sum(money),
    sum(null_invoices),
    sum(null_stock_codes),
    sum(null_customers),
    sum(bad_quantities),
    sum(bad_prices),
    0
from measured
group by file_id
