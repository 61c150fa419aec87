-- Defects of the rows as received. A row in silver has a good quantity and price, so only quarantined ones are parsed.
insert into quality.file_profile
    (file_id, layer, processing_date, rows, null_invoices, null_stock_codes, null_customers, bad_quantities, bad_prices,
     rescued_rows)
select
    b.file_id,
    'bronze',
    min(b.processing_date),
    count(*),
    count(*) filter (where b.invoice is null),
    count(*) filter (where b.stock_code is null),
    count(*) filter (where b.customer_id is null),
    count(*) filter (
        where q.file_id is not null and not (
            coalesce(btrim(translate(b.quantity, :marks, '.,')), '') ~ '^[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)$'
            and b.quantity ~ '[1-9]'
        )
    ),
    count(*) filter (
        where q.file_id is not null and not (
            coalesce(btrim(translate(b.price, :marks, '.,')), '') ~ '^[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)$'
        )
    ),
    count(*) filter (where b.rescued_data is not null)
from bronze.retail_transactions as b
left join silver.quarantine as q on q.file_id = b.file_id and q.line_no = b.line_no
where b.file_id = any(:file_ids)
group by b.file_id
