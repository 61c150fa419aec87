-- What lines of a what-if add up to, and those that do not count with their reasons: what silver/clean.sql keeps out and
-- gold/contribute.sql passes over. A line without a stock code is taken to be a product.
with given as (
    select
        place,
        invoice_no,
        invoice_date,
        stock_code,
        quantity,
        unit_price,
        round(unit_price, 2) as price
    from jsonb_to_recordset(cast(:lines as jsonb)) as l (
        place int, invoice_no text, invoice_date date, stock_code text, quantity bigint, unit_price numeric
    )
),
judged as (
    select
        g.*,
        array(
            select reason
            from (
                values
                    (1, 'valid_invoice_no', length(invoice_no) in (6, 7) and btrim(invoice_no) <> ''),
                    (2, 'valid_stock_code', coalesce(btrim(stock_code) <> '', true)),
                    (3, 'valid_quantity', quantity > 0),
                    (4, 'valid_unit_price', unit_price >= 0 and price <= 99999999.99),
                    (5, 'valid_total_price', quantity * price < 1000000000000),
                    (6, 'cancellation', left(invoice_no, 1) not in ('C', 'c')),
                    (7, 'no_product',
                        coalesce(
                            btrim(stock_code) = '' or stock_code ~ '^[0-9]{5}[A-Za-z]*$' or stock_code = 'PADS', true
                        ))
            ) as checks (turn, reason, holds)
            where not holds
            order by turn
        ) as reasons
    from given as g
)
select
    count(distinct invoice_no) filter (where reasons = '{}') as frequency,
    sum(quantity * price) filter (where reasons = '{}') as monetary,
    max(invoice_date) filter (where reasons = '{}') as last_invoice_date,
    jsonb_agg(jsonb_build_object('line', place, 'reasons', reasons) order by place) filter (where reasons <> '{}')
        as uncounted
from judged
