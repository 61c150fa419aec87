-- Share of the customer with the most money in the sales of a day, and number of its customers.
with customers as (
    select i.invoice_date, i.customer_id, sum(i.amount) as amount
    from gold.customer_invoice as i
    inner join pipeline.source_file as f on f.id = i.file_id and f.source = :source
    where i.invoice_date = any(:days) and i.customer_id <> '' and i.is_counted
    group by i.invoice_date, i.customer_id
)
select invoice_date as day, max(amount) / sum(amount) as share, count(*) as customers
from customers
where amount > 0
group by invoice_date
