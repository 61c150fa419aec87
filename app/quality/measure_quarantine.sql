-- Rows and money in quarantine by date and first failed expectation, rows in quarantine without a readable total, and
-- skipped rows; rows and money of bronze by date: those in silver, measured just before, plus those in quarantine. Parts
-- in double braces are rendered from the contract.
with texts_in_quarantine as (
    select
        q.file_id,
        q.line_no,
        q.invoice_date,
        q.reasons -> 0 ->> 'expectation' as reason,
        abs(q.total_price) as money,
        {{ number texts }}
    from silver.quarantine as q
    left join bronze.sales_row as b on q.total_price is null and b.file_id = q.file_id and b.line_no = q.line_no
    where q.file_id = any(:file_ids) and q.status <> 'replayed'
    -- A fence: without it the planner copies the expressions above into every place that names them.
    offset 0
),
rows_in_quarantine as (
    select
        file_id,
        line_no,
        invoice_date,
        reason,
        money,
        coalesce({{ line total }}, {{ quantity }} * {{ unit price }}) as estimated_money
    from texts_in_quarantine
),
quarantined as (
    select
        file_id,
        invoice_date,
        reason,
        count(*) as rows,
        coalesce(sum(money), 0) as money,
        count(*) filter (where money is null) as unknown,
        coalesce(sum(estimated_money) filter (where money is null), 0) as estimated_money,
        min(line_no) filter (where money is null) as first_unknown
    from rows_in_quarantine
    group by 1, 2, 3
),
unknown as (
    insert into quality.file_warning (file_id, kind, rows, money, example)
    select file_id, 'unknown_money', sum(unknown), round(sum(estimated_money), 2), concat('line ', min(first_unknown))
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
