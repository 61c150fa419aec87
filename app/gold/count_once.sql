-- Changes of customers by added and removed files where an invoice counts once: from the newest file that has it. Of the
-- other files' rows of these invoices, those that count now or no longer are updated; their days are returned, and the files
-- of which other sales without a customer count now.
with affected as materialized (
    select distinct invoice_no
    from gold.customer_invoice
    where file_id = any(:added) or file_id = any(:removed)
),
ranked as materialized (
    select
        i.*,
        i.is_counted and i.file_id <> all(:added) as was_counted,
        i.file_id <> all(:removed) and i.file_id = first_value(i.file_id) over (
            partition by i.invoice_no
            -- Ordered as in the source, whatever the order in which the files were loaded.
            order by
                i.file_id = any(:removed), f.last_modified desc nulls last, f.key desc, f.source collate "C" desc,
                i.file_id desc
        ) as counts
    from affected as a
    -- A fence: one index lookup per invoice, not a scan of the whole history.
    cross join lateral (
        select row.ctid as place, row.*
        from gold.customer_invoice as row
        where row.invoice_no = a.invoice_no
        offset 0
    ) as i
    left join pipeline.source_file as f on f.id = i.file_id
),
recounted as (
    update gold.customer_invoice as i
    set is_counted = r.counts
    from ranked as r
    where i.ctid = r.place and r.is_counted <> r.counts
    returning i.file_id, i.customer_id, i.invoice_date
),
invoices as (
    select
        customer_id,
        cast(bool_or(is_sale and counts) as int) - cast(bool_or(is_sale and was_counted) as int) as invoices,
        sum(amount * (cast(counts as int) - cast(was_counted as int))) as amount,
        sum(returned * (cast(counts as int) - cast(was_counted as int))) as returned
    from ranked
    where customer_id <> '' and (counts or was_counted)
    group by customer_id, invoice_no
),
customers as (
    select customer_id, sum(invoices) as frequency, sum(amount) as monetary, sum(returned) as returned
    from invoices
    group by customer_id
)
select
    cast(coalesce(jsonb_agg(c), '[]') as text) as changes,
    array(select distinct invoice_date from recounted where customer_id <> '') as recounted_days,
    array(select distinct file_id from recounted where customer_id = '') as recounted_files
from customers as c
