-- Add up the sales of these files that count towards no customer, except those of invoices that count from a newer file.
insert into gold.uncounted_sales (file_id, invoice_date, country, rows, revenue)
select s.file_id, s.invoice_date, s.country, count(*), sum(s.total_price)
from silver.sales_row as s
where
    s.file_id = any(:file_ids)
    and s.effect >= 0
    and (s.customer_id is null or s.effect = 0)
    and {{ is return }} is not true
    and not exists (
        select
        from gold.customer_invoice as i
        where i.file_id = s.file_id and i.customer_id = '' and i.invoice_no = s.invoice_no and not i.is_counted
    )
group by s.file_id, s.invoice_date, s.country
