-- Active files of the newest load of a source, at most the last ones by key, and those before them, in the order of their
-- keys; with rows by day of sale, and blank values by column.
with active as (
    select id, key, columns, coalesce(rows_read, 0) as rows, run_id, loaded_at
    from pipeline.source_file
    where source = :source and state in ('loaded', 'empty', 'source_missing') and not_read is null
),
newest_run as (
    select run_id
    from active
    order by loaded_at desc nulls last, id desc
    limit 1
),
newest as (
    select *
    from active
    where run_id = (select run_id from newest_run)
    order by key desc
    limit :newest
),
earlier as (
    select *
    from active
    where key < (select min(key) from newest)
    order by key desc
    limit :history
),
files as (
    select *, true as is_new from newest
    union all
    select *, false from earlier
)
select
    f.key,
    f.columns,
    f.rows,
    f.is_new,
    (
        select coalesce(jsonb_object_agg(d.invoice_date, d.rows), '{}')
        from quality.file_dates as d
        where f.is_new and d.file_id = f.id and d.layer = 'bronze' and d.invoice_date is not null
    ) as days,
    (
        select coalesce(jsonb_object_agg(n.column_name, n.nulls), '{}')
        from (
            select column_name, nulls
            from quality.file_nulls
            where file_id = f.id
            union all
            select c.column_name, c.nulls
            from quality.file_profile as p
            cross join lateral (
                values ('invoice_no', p.null_invoices), ('stock_code', p.null_stock_codes), ('customer_id', p.null_customers)
            ) as c (column_name, nulls)
            where p.file_id = f.id and p.layer = 'bronze'
        ) as n
    ) as nulls
from files as f
order by f.key
