-- Quarantined rows without a readable total, in active files of the configured sources: their number and estimated money,
-- number and readable money of all rows that were not skipped, number of quarantined rows whose first failed expectation
-- is that of the currency, and the first lines of some files.
select
    coalesce(sum(w.rows), 0) as rows,
    coalesce(sum(w.money), 0) as estimated_money,
    coalesce(sum(m.rows), 0) as all_rows,
    coalesce(sum(m.rows_by_currency), 0) as rows_by_currency,
    coalesce(sum(m.money), 0) as readable_money,
    coalesce(
        (array_agg(concat(f.key, ': ', w.example) order by f.key collate "C") filter (where w.rows > 0))[1 : :examples],
        '{}'
    ) as examples
from (
    select
        file_id,
        sum(rows) as rows,
        sum(money) as money,
        sum(rows) filter (where outcome = 'quarantined' and reason = 'valid_currency') as rows_by_currency
    from quality.file_money
    where outcome <> 'skipped'
    group by file_id
) as m
inner join pipeline.source_file as f on f.id = m.file_id
inner join pipeline.source as s on s.name = f.source and s.is_configured
left join quality.file_warning as w on w.file_id = m.file_id and w.kind = 'unknown_money'
