-- Defects of the rows as received; blank counts as null, as in silver. Rows in silver have a valid quantity and price, so
-- that only quarantined rows are parsed. Parts in double braces are rendered from the contract.
with received as (
    select
        file_id,
        count(*) as rows,
        count(*) filter (where invoice is null or (invoice like ' %' and btrim(invoice) = '')) as null_invoices,
        count(*) filter (where {{ no stock code }}) as null_stock_codes,
        count(*) filter (where customer_id is null or (customer_id like ' %' and btrim(customer_id) = '')) as null_customers,
        count(*) filter (
            where case jsonb_typeof(rescued_data)
                when 'string' then true
                else rescued_data - cast(:extra_columns as text[]) <> '{}'
            end
        ) as rescued_rows,
        count(*) filter (where jsonb_typeof(rescued_data) = 'string') as unsplit_rows,
        cast(array[{{ null counts }}] as int[]) as nulls
    from bronze.sales_row
    where file_id = any(:file_ids)
    group by file_id
),
quarantined as (
    select
        b.file_id,
        sum(abs(q.total_price)) as money,
        count(*) filter (
            where not (
                coalesce(btrim({{ quantity }}), '') ~ '^[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)$'
                and {{ quantity }} ~ '[1-9]'
            )
        ) as bad_quantities,
        count(*) filter (
            where
                coalesce(btrim({{ price }}), '') !~ '^([+]?([0-9]+[.]?[0-9]*|[.][0-9]+)|-(0+[.]?0*|[.]0+))$'
        ) as bad_prices
    from silver.quarantine as q
    inner join bronze.sales_row as b on b.file_id = q.file_id and b.line_no = q.line_no
    where q.file_id = any(:file_ids) and q.status <> 'replayed'
    group by b.file_id
),
nulls as (
    insert into quality.file_nulls (file_id, column_name, nulls)
    select r.file_id, n.column_name, n.nulls
    from received as r
    cross join lateral unnest(cast(:null_columns as text[]), r.nulls) as n (column_name, nulls)
)
insert into quality.file_profile
    (file_id, layer, processing_date, rows, money, null_invoices, null_stock_codes, null_customers, bad_quantities,
     bad_prices, rescued_rows, unsplit_rows)
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
    coalesce(q.money, 0) + coalesce(s.money, 0),
    r.null_invoices,
    r.null_stock_codes,
    r.null_customers,
    coalesce(q.bad_quantities, 0),
    coalesce(q.bad_prices, 0),
    r.rescued_rows,
    r.unsplit_rows
from received as r
left join quarantined as q on q.file_id = r.file_id
left join quality.file_profile as s on s.file_id = r.file_id and s.layer = 'silver'
