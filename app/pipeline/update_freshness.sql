-- Updates the row of freshness: latest date of sale, quality warning, and reason of a closed quality gate. Files of
-- sources that are not configured count only for the warning about them.
with newest as (
    -- The newest seven files of each source.
    select
        s.name,
        count(*) as files,
        count(*) filter (where f.state in ('rejected', 'failed')) as refused,
        coalesce(sum(f.rows_quarantined) filter (where f.state in ('loaded', 'source_missing')), 0) as rows_quarantined,
        coalesce(sum(f.rows_read) filter (where f.state in ('loaded', 'source_missing')), 0) as rows_read,
        case when count(*) over () > 1 then concat('source ', s.name, ': ') end as prefix
    from pipeline.source as s
    cross join lateral (
        select distinct on (f.key) f.state, f.rows_quarantined, f.rows_read
        from pipeline.source_file as f
        where f.source = s.name and f.state in ('loaded', 'source_missing', 'rejected', 'failed')
        order by f.key desc, f.id desc
        limit 7
    ) as f
    where s.is_configured
    group by s.name
),
refused_files as (
    select count(*) as files
    from pipeline.source_file as f
    inner join pipeline.source as s on s.name = f.source and s.is_configured
    where f.state in ('rejected', 'failed')
),
unconfigured as (
    select
        string_agg(
            concat(
                u.files, ' file(s) of source ', u.name, ', which is not configured, count in the results: run `regulars ',
                'source move ', u.name, ' ', coalesce((select min(name) from pipeline.source where is_configured), 'NEW'), '`'
            ),
            '; ' order by u.name
        ) as warning
    from (
        select s.name, count(*) as files
        from pipeline.source as s
        inner join pipeline.source_file as f on f.source = s.name
        where not s.is_configured and f.state in ('loaded', 'source_missing')
        group by s.name
    ) as u
)
insert into pipeline.freshness (singleton, data_through, warning, gate_reason, computed_at)
select
    true,
    -- A date in the future comes from a wrong clock: it must not make old data look fresh.
    (
        select coalesce(max(invoice_date) filter (where invoice_date <= :today), max(invoice_date))
        from quality.file_dates
        where layer = 'silver'
    ),
    nullif(concat_ws(
        '; ',
        (select case when files > 0 then concat(files, ' file(s) refused or failed, see /v1/files') end from refused_files),
        (
            select case when sum(rows) > 0 then concat(sum(rows), ' sale(s) dated after ', cast(:today as date)) end
            from quality.file_dates
            where layer = 'silver' and invoice_date > :today
        ),
        (
            select
                string_agg(
                    concat(
                        prefix, round(100.0 * rows_quarantined / rows_read, 1),
                        ' % of the rows of the newest ', files - refused, ' file(s) are quarantined'
                    ),
                    '; ' order by name
                )
            from newest
            where rows_quarantined > :warn_share * rows_read
        ),
        (select warning from unconfigured)
    ), ''),
    (
        select
            string_agg(
                concat_ws(
                    '; ',
                    case when refused > 0 then concat(prefix, refused, ' of the newest ', files, ' file(s) refused or failed') end,
                    case
                        when rows_quarantined > :gate_share * rows_read
                        then concat(
                            prefix, round(100.0 * rows_quarantined / rows_read, 1),
                            ' % of the rows of the newest ', files, ' file(s) are quarantined'
                        )
                    end
                ),
                '; ' order by name
            )
        from newest
        where refused > 0 or rows_quarantined > :gate_share * rows_read
    ),
    :computed_at
on conflict (singleton) do update set
    data_through = excluded.data_through,
    warning = excluded.warning,
    gate_reason = excluded.gate_reason,
    computed_at = excluded.computed_at
