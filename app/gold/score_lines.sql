-- Features of hypothetical transactions, and the lines that do not count, with reasons: by the rules of silver/clean.sql
-- and gold/add_contributions.sql. A line without a stock code counts as a product.
with given as (
    select
        position,
        invoice_no,
        invoice_date,
        stock_code,
        quantity,
        unit_price,
        round(unit_price, 2) as price
    from jsonb_to_recordset(cast(:lines as jsonb)) as l (
        position int, invoice_no text, invoice_date date, stock_code text, quantity bigint, unit_price numeric
    )
),
validated as (
    select
        g.*,
        array_remove(
            array[
                case when length(invoice_no) not in (6, 7) or btrim(invoice_no) = '' then 'valid_invoice_no' end,
                case when btrim(stock_code) = '' then 'valid_stock_code' end,
                case when quantity <= 0 then 'valid_quantity' end,
                case when unit_price < 0 or price > 99999999.99 then 'valid_unit_price' end,
                case when quantity * price >= 1000000000000 then 'valid_total_price' end,
                case when left(invoice_no, 1) in ('C', 'c') then 'cancellation' end,
                case
                    when btrim(stock_code) <> '' and stock_code !~ '^[0-9]{5}[A-Za-z]*$' and stock_code <> 'PADS'
                    then 'no_product'
                end
            ],
            null
        ) as reasons
    from given as g
    -- Optimisation fence: without it the reasons are computed again for each column below.
    offset 0
)
select
    count(distinct invoice_no) filter (where reasons = '{}') as frequency,
    sum(quantity * price) filter (where reasons = '{}') as monetary,
    max(invoice_date) filter (where reasons = '{}') as last_invoice_date,
    jsonb_agg(jsonb_build_object('line', position, 'reasons', reasons) order by position) filter (where reasons <> '{}')
        as uncounted
from validated
