-- Defects of the rows as received; blank counts as null, as in silver. Rows in silver have a valid quantity and price, so
-- that only quarantined rows are parsed.
with received as (
    select
        file_id,
        count(*) as rows,
        count(*) filter (where invoice is null or (invoice like ' %' and btrim(invoice) = '')) as null_invoices,
        count(*) filter (where stock_code is null or (stock_code like ' %' and btrim(stock_code) = '')) as null_stock_codes,
        count(*) filter (where customer_id is null or (customer_id like ' %' and btrim(customer_id) = '')) as null_customers,
        count(*) filter (where rescued_data is not null) as rescued_rows
    from bronze.sales_row
    where file_id = any(:file_ids)
    group by file_id
),
quarantined as (
    select
        b.file_id,
        count(*) filter (
            where not (
                coalesce(btrim(translate(b.quantity, :marks, '.,')), '') ~ '^[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)$'
                and b.quantity ~ '[1-9]'
            )
        ) as bad_quantities,
        count(*) filter (
            where
                coalesce(btrim(translate(b.price, :marks, '.,')), '')
                !~ '^([+]?([0-9]+[.]?[0-9]*|[.][0-9]+)|-(0+[.]?0*|[.]0+))$'
        ) as bad_prices
    from silver.quarantine as q
    inner join bronze.sales_row as b on b.file_id = q.file_id and b.line_no = q.line_no
    where q.file_id = any(:file_ids) and q.status <> 'replayed'
    group by b.file_id
)
insert into quality.file_profile
    (file_id, layer, processing_date, rows, null_invoices, null_stock_codes, null_customers, bad_quantities, bad_prices,
     rescued_rows)
select
    r.file_id,
    'bronze',
    (
        select b.processing_date
        from bronze.retail_transactions as b
        where b.file_id = r.file_id
        limit 1
    ),
    r.rows,
    r.null_invoices,
    r.null_stock_codes,
    r.null_customers,
    coalesce(q.bad_quantities, 0),
    coalesce(q.bad_prices, 0),
    r.rescued_rows
from received as r
left join quarantined as q on q.file_id = r.file_id
