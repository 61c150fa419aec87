-- How far the sales go, and what a reader of any number should know about them.
insert into pipeline.freshness (is_only, data_through, concern, noted_at)
select
    true,
    -- A date in the future is a mistake of the till's clock: it must not make old data look fresh for ever.
    (
        select coalesce(max(invoice_date) filter (where invoice_date <= :today), max(invoice_date))
        from quality.file_dates
        where layer = 'silver'
    ),
    nullif(concat_ws(
        '; ',
        (
            select case when count(*) > 0 then concat(count(*), ' file(s) refused or failed, see /v1/files') end
            from pipeline.source_file as f
            where f.state in ('rejected', 'failed')
        ),
        (
            select case when sum(rows) > 0 then concat(sum(rows), ' sale(s) dated after ', cast(:today as date)) end
            from quality.file_dates
            where layer = 'silver' and invoice_date > :today
        ),
        (
            select
                case
                    when sum(recent.rows_quarantined) > :warn_share * sum(recent.rows_read)
                    then concat(
                        round(100.0 * sum(recent.rows_quarantined) / sum(recent.rows_read), 1),
                        ' % of the rows of the newest ', count(*), ' file(s) are quarantined'
                    )
                end
            from (
                select rows_quarantined, rows_read
                from pipeline.source_file
                where state in ('loaded', 'source_missing')
                order by key desc
                limit 7
            ) as recent
        )
    ), ''),
    :noted_at
on conflict (is_only) do update set
    data_through = excluded.data_through,
    concern = excluded.concern,
    noted_at = excluded.noted_at
