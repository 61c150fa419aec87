-- Invoices of a customer that a newer file replaces by one of customers, and those of them that have another customer or
-- date there.
with replaced as (
    select i.invoice_no, i.amount, newer.is_same
    from gold.customer_invoice as i
    inner join pipeline.source_file as f on f.id = i.file_id
    inner join pipeline.source as s on s.name = f.source and s.is_configured
    cross join lateral (
        select bool_or(other.customer_id = i.customer_id and other.invoice_date = i.invoice_date) as is_same
        from gold.customer_invoice as other
        where other.invoice_no = i.invoice_no and other.customer_id <> '' and other.is_counted
    ) as newer
    where not i.is_counted and i.customer_id <> '' and newer.is_same is not null
)
select
    count(*) as invoices,
    count(*) filter (where not is_same) as others,
    coalesce(sum(amount) filter (where not is_same), 0) as money,
    array(select distinct invoice_no from replaced where not is_same order by invoice_no limit :examples) as numbers
from replaced
