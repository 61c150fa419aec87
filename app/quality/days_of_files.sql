-- Active files of the configured sources, and the days of their sales.
select f.source, f.key, array_agg(d.invoice_date) filter (where d.invoice_date is not null) as days
from pipeline.source_file as f
inner join pipeline.source as s on s.name = f.source and s.is_configured
left join quality.file_dates as d on d.file_id = f.id and d.layer = 'silver'
where f.state in ('loaded', 'empty', 'source_missing') and f.not_read is null
group by f.source, f.key
order by f.source collate "C", f.key
