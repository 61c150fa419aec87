-- Money of rows whose invoice counts from a newer file, by outcome. Parts in double braces are rendered.
with replaced as (
    select distinct i.file_id, i.invoice_no
    from gold.customer_invoice as i
    inner join pipeline.source_file as f on f.id = i.file_id
    inner join pipeline.source as s on s.name = f.source and s.is_configured
    where not i.is_counted
)
select {{ outcome }} as outcome, sum(abs(total_price)) as money
from silver.sales_row as row
inner join replaced as r on r.file_id = row.file_id and r.invoice_no = row.invoice_no
group by 1
