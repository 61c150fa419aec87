-- Add the invoices of added files to their customers and subtract those of removed files. The invoices of both are still in
-- customer_invoice, so an invoice counts once, with any number of files and dates.
with invoices as (
    select
        customer_id,
        invoice_no,
        sum(case when file_id = any(:removed) then -amount else amount end) as amount
    from gold.customer_invoice
    where file_id = any(:added) or file_id = any(:removed)
    group by customer_id, invoice_no
),
counted as (
    select i.customer_id, i.amount, present.invoices - past.invoices as invoices
    from invoices as i
    -- Two index lookups per invoice; with `exists` the planner may choose a scan of the whole table.
    cross join lateral (
        select count(*) as invoices
        from (
            select 1
            from gold.customer_invoice as now
            where now.customer_id = i.customer_id and now.invoice_no = i.invoice_no and now.file_id <> all(:removed)
            limit 1
        ) as one
    ) as present
    cross join lateral (
        select count(*) as invoices
        from (
            select 1
            from gold.customer_invoice as before
            where before.customer_id = i.customer_id and before.invoice_no = i.invoice_no and before.file_id <> all(:added)
            limit 1
        ) as one
    ) as past
),
customers as (
    select customer_id, sum(invoices) as frequency, sum(amount) as monetary
    from counted
    group by customer_id
)
insert into gold.customer_rfm as rfm
    (customer_id, first_invoice_date, last_invoice_date, frequency, monetary, country, updated_at)
select
    c.customer_id,
    earliest.invoice_date,
    latest.invoice_date,
    c.frequency,
    c.monetary,
    latest.country,
    :refreshed_at
from customers as c
cross join lateral (
    select i.invoice_date
    from gold.customer_invoice as i
    where i.customer_id = c.customer_id and i.file_id <> all(:removed)
    order by i.invoice_date
    limit 1
) as earliest
cross join lateral (
    select i.invoice_date, i.country
    from gold.customer_invoice as i
    where i.customer_id = c.customer_id and i.file_id <> all(:removed)
    order by i.invoice_date desc, i.invoice_no desc, i.country collate "C" desc nulls last
    limit 1
) as latest
order by c.customer_id
on conflict (customer_id) do update set
    first_invoice_date = excluded.first_invoice_date,
    last_invoice_date = excluded.last_invoice_date,
    frequency = rfm.frequency + excluded.frequency,
    monetary = rfm.monetary + excluded.monetary,
    country = excluded.country,
    updated_at = excluded.updated_at
