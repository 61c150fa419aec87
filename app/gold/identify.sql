-- Add the values of these identifiers in sales that count, each with its latest sale in its file.
insert into gold.customer_identifier (file_id, name, value, customer_id, invoice_date, invoice_no)
select distinct on (r.file_id, a.name, a.value collate "C", r.customer_id collate "C")
    r.file_id,
    a.name,
    a.value,
    r.customer_id,
    r.invoice_date,
    r.invoice_no
from silver.sales_row as r
cross join lateral jsonb_each_text(r.attributes) as a (name, value)
where
    r.file_id = any(:added)
    and r.customer_id is not null
    and r.effect = 1
    and a.name = any(:identifiers)
    and length(a.value) between 1 and :longest
order by
    r.file_id,
    a.name,
    a.value collate "C",
    r.customer_id collate "C",
    r.invoice_date desc,
    r.invoice_no collate "C" desc
