-- Rows and money in quarantine by date and first failed expectation, rows in quarantine without a readable total, and
-- skipped rows; rows and money of bronze by date: those in silver, measured just before, plus those in quarantine.
with quarantined as (
    select
        file_id,
        invoice_date,
        reasons -> 0 ->> 'expectation' as reason,
        count(*) as rows,
        coalesce(sum(abs(total_price)), 0) as money,
        count(*) filter (where total_price is null) as unknown,
        min(line_no) filter (where total_price is null) as first_unknown
    from silver.quarantine
    where file_id = any(:file_ids) and status <> 'replayed'
    group by 1, 2, 3
),
unknown as (
    insert into quality.file_warning (file_id, kind, rows, money, example)
    select file_id, 'unknown_money', sum(unknown), 0, concat('line ', min(first_unknown))
    from quarantined
    group by file_id
    having sum(unknown) > 0
),
outcomes as (
    insert into quality.file_money (file_id, invoice_date, outcome, reason, rows, money)
    select file_id, invoice_date, 'quarantined', reason, rows, money
    from quarantined
    union all
    select id, null, 'skipped', null, rows_skipped, 0
    from pipeline.source_file
    where id = any(:file_ids) and rows_skipped > 0
)
insert into quality.file_dates (file_id, layer, invoice_date, rows, money)
select file_id, 'bronze', invoice_date, sum(rows), sum(money)
from (
    select file_id, invoice_date, rows, money
    from quality.file_dates
    where file_id = any(:file_ids) and layer = 'silver'
    union all
    select file_id, invoice_date, rows, money
    from quarantined
) as either
group by file_id, invoice_date
