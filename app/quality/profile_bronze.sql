-- Defects of the rows as received; blank counts as null, as in silver. Bad quantities and prices are those that fail the
-- contract; a line that could not be split has neither.
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
        file_id,
        count(*) filter (where reasons @> '[{"expectation": "valid_quantity"}]' or reasons @> '[{"expectation": "parse"}]')
            as bad_quantities,
        count(*) filter (where reasons @> '[{"expectation": "valid_unit_price"}]' or reasons @> '[{"expectation": "parse"}]')
            as bad_prices
    from silver.quarantine
    where file_id = any(:file_ids) and status <> 'replayed'
    group by file_id
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
