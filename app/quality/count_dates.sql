-- Rows per invoice date and layer: bronze is what is in silver and what is in quarantine.
with silver_dates as (
    select file_id, invoice_date, count(*) as rows
    from silver.retail_transactions
    where file_id = any(:file_ids)
    group by file_id, invoice_date
),
quarantine_dates as (
    select file_id, invoice_date, count(*) as rows
    from silver.quarantine
    where file_id = any(:file_ids)
    group by file_id, invoice_date
),
bronze_dates as (
    select file_id, invoice_date, sum(rows) as rows
    from (select * from silver_dates union all select * from quarantine_dates) as either
    group by file_id, invoice_date
)
insert into quality.file_dates (file_id, layer, invoice_date, rows)
select file_id, 'silver', invoice_date, rows from silver_dates
union all
select file_id, 'bronze', invoice_date, rows from bronze_dates
