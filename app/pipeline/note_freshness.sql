-- How far the sales go, and what a reader of any number should know about them.
insert into pipeline.freshness (is_only, data_through, concern, noted_at)
select
    true,
    (select max(invoice_date) from quality.file_dates where layer = 'silver'),
    nullif(concat_ws(
        '; ',
        (
            select case when count(*) > 0 then concat(count(*), ' file(s) refused or failed, see /v1/files') end
            from pipeline.source_file as f
            where
                f.state in ('rejected', 'failed')
                and not exists (
                    select 1 from pipeline.source_file as later
                    where later.bucket = f.bucket and later.key = f.key and later.id > f.id and later.state in ('loaded', 'empty')
                )
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
                where state = 'loaded'
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
