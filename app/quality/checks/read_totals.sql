-- Rows of a source that are dated after today, and its invoices in several files, each counted once per file; keys of its
-- files, and days of its sales.
select
    coalesce(
        (
            select sum(d.rows)
            from quality.file_dates as d
            inner join pipeline.source_file as f on f.id = d.file_id and f.source = :source
            where d.layer = 'bronze' and d.invoice_date > :today and f.state in ('loaded', 'empty', 'source_missing')
        ),
        0
    ) as future_rows,
    coalesce(
        (
            select sum(w.rows)
            from quality.file_warning as w
            inner join pipeline.source_file as f on f.id = w.file_id and f.source = :source
            where w.kind = 'overlap'
        ),
        0
    ) as repeated_invoices,
    (
        select coalesce(array_agg(f.key), '{}')
        from pipeline.source_file as f
        where f.source = :source and f.state in ('loaded', 'empty', 'source_missing') and f.not_read is null
    ) as keys_found,
    (
        select coalesce(array_agg(distinct d.invoice_date), '{}')
        from quality.file_dates as d
        inner join pipeline.source_file as f on f.id = d.file_id and f.source = :source
        where d.layer = 'silver' and d.invoice_date is not null
    ) as days_of_sales
