-- Rows of bronze per invoice date: those in silver, measured just before, plus those in quarantine.
insert into quality.file_dates (file_id, layer, invoice_date, rows)
select file_id, 'bronze', invoice_date, sum(rows)
from (
    select file_id, invoice_date, rows
    from quality.file_dates
    where file_id = any(:file_ids) and layer = 'silver'
    union all
    select file_id, invoice_date, count(*)
    from silver.quarantine
    where file_id = any(:file_ids) and status <> 'replayed'
    group by file_id, invoice_date
) as either
group by file_id, invoice_date
