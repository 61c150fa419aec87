-- Rows received by a source, and money of those that count, by day of sale.
with active as (
    select id
    from pipeline.source_file
    where source = :source and state in ('loaded', 'empty', 'source_missing')
),
received as (
    select d.invoice_date, sum(d.rows) as rows
    from quality.file_dates as d
    where d.file_id in (select id from active) and d.layer = 'bronze' and d.invoice_date between :since and :until
    group by d.invoice_date
),
counted as (
    select m.invoice_date, sum(m.money) as revenue
    from quality.file_money as m
    where m.file_id in (select id from active) and m.outcome = 'counted' and m.invoice_date between :since and :until
    group by m.invoice_date
)
select r.invoice_date as day, r.rows, coalesce(c.revenue, 0) as revenue
from received as r
left join counted as c on c.invoice_date = r.invoice_date
