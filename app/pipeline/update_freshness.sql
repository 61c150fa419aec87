-- How far the sales go, what a reader of any number should know about them, and whether a training on them would be
-- published.
with newest as (
    select
        count(*) as files,
        count(*) filter (where state in ('rejected', 'failed')) as refused,
        coalesce(sum(rows_quarantined) filter (where state in ('loaded', 'source_missing')), 0) as rows_quarantined,
        coalesce(sum(rows_read) filter (where state in ('loaded', 'source_missing')), 0) as rows_read
    from (
        select distinct on (key) state, rows_quarantined, rows_read
        from pipeline.source_file
        where state in ('loaded', 'source_missing', 'rejected', 'failed')
        order by key desc, id desc
        limit 7
    ) as newest_files
),
gate as (
    select
        nullif(concat_ws(
            '; ',
            case when refused > 0 then concat(refused, ' of the newest ', files, ' file(s) refused or failed') end,
            case
                when rows_quarantined > :gate_share * rows_read
                then concat(
                    round(100.0 * rows_quarantined / rows_read, 1),
                    ' % of the rows of the newest ', files, ' file(s) are quarantined'
                )
            end
        ), '') as reason
    from newest
)
insert into pipeline.freshness (singleton, data_through, warning, gate_reason, noted_at)
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
                    when rows_quarantined > :warn_share * rows_read
                    then concat(
                        round(100.0 * rows_quarantined / rows_read, 1),
                        ' % of the rows of the newest ', files - refused, ' file(s) are quarantined'
                    )
                end
            from newest
        )
    ), ''),
    (select reason from gate),
    :noted_at
on conflict (singleton) do update set
    data_through = excluded.data_through,
    warning = excluded.warning,
    gate_reason = excluded.gate_reason,
    noted_at = excluded.noted_at
