-- Changes of customers by added and removed files. The invoices of both are still in customer_invoice, so an invoice counts
-- once, whatever the number of its files and dates.
with invoices as (
    select
        customer_id,
        invoice_no,
        sum(case when file_id = any(:removed) then -amount else amount end) as amount,
        sum(case when file_id = any(:removed) then -returned else returned end) as returned
    from gold.customer_invoice
    where (file_id = any(:added) or file_id = any(:removed)) and is_counted
    group by customer_id, invoice_no
),
counted as (
    select i.customer_id, i.amount, i.returned, present.invoices - past.invoices as invoices
    from invoices as i
    -- Two index lookups per invoice: as `exists` they may become one scan of the whole history.
    cross join lateral (
        select count(*) as invoices
        from (
            select 1
            from gold.customer_invoice as now
            where
                now.invoice_no = i.invoice_no and now.customer_id = i.customer_id
                and now.is_sale and now.is_counted and now.file_id <> all(:removed)
            limit 1
        ) as one
    ) as present
    cross join lateral (
        select count(*) as invoices
        from (
            select 1
            from gold.customer_invoice as before
            where
                before.invoice_no = i.invoice_no and before.customer_id = i.customer_id
                and before.is_sale and before.is_counted and before.file_id <> all(:added)
            limit 1
        ) as one
    ) as past
),
customers as (
    select customer_id, sum(invoices) as frequency, sum(amount) as monetary, sum(returned) as returned
    from counted
    group by customer_id
)
select
    cast(coalesce(jsonb_agg(c), '[]') as text) as changes,
    cast('{}' as date[]) as recounted_days,
    cast('{}' as bigint[]) as recounted_files
from customers as c
