-- Update the row of freshness: latest date of sale, quality warning, and reason of a closed quality gate. Files of
-- sources that are not configured count only for the warning about them.
with newest_files as (
    -- The newest seven files of each source.
    select s.name, f.*, f.state in ('loaded', 'source_missing') as is_loaded
    from pipeline.source as s
    cross join lateral (
        select distinct on (f.key) f.id, f.state, f.rows_quarantined, f.rows_read
        from pipeline.source_file as f
        where f.source = s.name and f.state in ('loaded', 'source_missing', 'rejected', 'failed')
        order by f.key desc, f.id desc
        limit 7
    ) as f
    where s.is_configured
),
counted as (
    select
        name,
        count(*) as files,
        count(*) filter (where not is_loaded) as rejected,
        coalesce(sum(rows_quarantined) filter (where is_loaded), 0) as rows_quarantined,
        coalesce(sum(rows_read) filter (where is_loaded), 0) as rows_read,
        case when count(*) over () > 1 then concat('source ', name, ': ') end as prefix
    from newest_files
    group by name
),
newest as (
    select
        c.*,
        concat(
            round(100.0 * rows_quarantined / nullif(rows_read, 0), 1), ' % of the rows of the newest ', files - rejected,
            ' file', case when files - rejected <> 1 then 's' end, ' are quarantined'
        ) as quarantined
    from counted as c
),
reasons as (
    -- Money by outcome and reason.
    select
        f.name,
        m.outcome,
        coalesce(m.reason, case m.outcome when 'not_counted' then 'countsWhen' else m.outcome end) as reason,
        sum(m.money) as money
    from newest_files as f
    inner join quality.file_money as m on m.file_id = f.id
    where f.is_loaded
    group by 1, 2, 3
),
money as (
    select
        name,
        sum(money) as read,
        coalesce(sum(money) filter (where outcome = 'quarantined'), 0) as quarantined,
        coalesce(sum(money) filter (where outcome in ('not_counted', 'cancellation')), 0) as uncounted,
        coalesce(sum(money) filter (where outcome = 'no_customer'), 0) as without_customer,
        string_agg(
            concat(reason, ': ', to_char(money, 'FM999,999,999,999,999,990.00')), ', '
            order by money desc, reason collate "C"
        )
            filter (where outcome = 'quarantined' and money > 0) as why_quarantined,
        string_agg(
            concat(reason, ': ', to_char(money, 'FM999,999,999,999,999,990.00')), ', '
            order by money desc, reason collate "C"
        )
            filter (where outcome in ('not_counted', 'cancellation') and money > 0) as why_uncounted
    from reasons
    group by name
),
shares as (
    select
        n.name,
        concat(
            n.prefix,
            concat_ws(
                ' and ',
                case
                    when m.quarantined > 0 and m.quarantined + m.uncounted > :warn_share * m.read
                    then concat(
                        round(100 * m.quarantined / m.read, 1), ' % of the money read is quarantined (', m.why_quarantined, ')'
                    )
                end,
                case
                    when m.uncounted > 0 and m.quarantined + m.uncounted > :warn_share * m.read
                    then concat(
                        round(100 * m.uncounted / m.read, 1), ' % of the money read does not count (', m.why_uncounted, ')'
                    )
                end,
                -- Shops have sales without a customer: they are a problem only where they are most of the money.
                case
                    when m.without_customer > 0.5 * m.read
                    then concat(
                        round(100 * m.without_customer / m.read, 1), ' % of the money read has no customer (',
                        to_char(m.without_customer, 'FM999,999,999,999,999,990.00'), ')'
                    )
                end
            )
        ) as warning
    from newest as n
    inner join money as m on m.name = n.name
    where m.quarantined + m.uncounted > :warn_share * m.read or m.without_customer > 0.5 * m.read
),
file_warnings as (
    select
        n.name,
        n.prefix,
        w.kind,
        w.rule,
        concat(
            sum(w.rows), case when w.kind = 'overlap' then ' invoice' else ' row' end, case when sum(w.rows) <> 1 then 's' end
        ) as rows,
        case
            when w.kind <> 'other_sheets' then concat(' (', to_char(sum(w.money), 'FM999,999,999,999,999,990.00'), ')')
        end as money,
        count(*) as files
    from newest_files as f
    inner join newest as n on n.name = f.name
    inner join quality.file_warning as w on w.file_id = f.id
    where f.is_loaded and w.kind <> 'unknown_money' and (w.kind <> 'overlap' or :overlap = 'warn')
    group by n.name, n.prefix, w.kind, w.rule
),
rejected_files as (
    select count(*) as files
    from pipeline.source_file as f
    inner join pipeline.source as s on s.name = f.source and s.is_configured
    where f.state in ('rejected', 'failed')
),
unconfigured as (
    select
        string_agg(
            concat(
                u.files, ' file', case when u.files <> 1 then 's' end, ' of source ', u.name, ', which is not configured, ',
                case when u.files = 1 then 'counts' else 'count' end, ' in the results: run `regulars ',
                'source move ', u.name, ' ',
                coalesce((select min(name collate "C") from pipeline.source where is_configured), 'NEW'), '`'
            ),
            '; ' order by u.name collate "C"
        ) as warning
    from (
        select s.name, count(*) as files
        from pipeline.source as s
        inner join pipeline.source_file as f on f.source = s.name
        where not s.is_configured and f.state in ('loaded', 'source_missing')
        group by s.name
    ) as u
)
insert into pipeline.freshness (singleton, data_through, warning, gate_reason, computed_at, is_measured)
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
        (select message from quality.data_warning where kind = 'no_sale_counts'),
        (select case when files > 0 then concat(files, ' file', case when files <> 1 then 's' end, ' rejected or failed, see /v1/files') end from rejected_files),
        (
            select
                case
                    when sum(rows) > 0
                    then concat(
                        sum(rows), ' sale', case when sum(rows) <> 1 then 's' end, ' dated after ', cast(:today as date), ' (',
                        to_char(sum(money), 'FM999,999,999,999,999,990.00'), ')'
                    )
                end
            from quality.file_dates
            where layer = 'silver' and invoice_date > :today
        ),
        (
            select
                string_agg(concat(prefix, quarantined), '; ' order by name collate "C")
            from newest
            where rows_quarantined > :warn_share * rows_read
        ),
        (select string_agg(warning, '; ' order by name collate "C") from shares),
        (
            select
                string_agg(
                    concat(
                        prefix, rows, money, ' of ', files, ' of the newest files ',
                        replace(
                            coalesce(
                                cast(:descriptions as jsonb) ->> concat(kind, ' ', rule),
                                cast(:descriptions as jsonb) ->> kind
                            ),
                            '{rule}', rule
                        )
                    ),
                    '; ' order by name collate "C", kind collate "C", rule collate "C"
                )
            from file_warnings
        ),
        (
            select string_agg(message, '; ' order by kind collate "C")
            from quality.data_warning
            where kind not in ('no_sale_counts', 'other_contract') and (kind <> 'money' or not exists (select from shares))
        ),
        (select warning from unconfigured)
    ), ''),
    (
        select
            string_agg(
                concat_ws(
                    '; ',
                    case when rejected > 0 then concat(prefix, rejected, ' of the newest ', files, ' file', case when files <> 1 then 's' end, ' rejected or failed') end,
                    case when rows_quarantined > :gate_share * rows_read then concat(prefix, quarantined) end
                ),
                '; ' order by name collate "C"
            )
        from newest
        where rejected > 0 or rows_quarantined > :gate_share * rows_read
    ),
    :computed_at,
    :is_measured
on conflict (singleton) do update set
    data_through = excluded.data_through,
    warning = excluded.warning,
    gate_reason = excluded.gate_reason,
    computed_at = excluded.computed_at,
    is_measured = excluded.is_measured
