-- Money and sales of some customers in the invoices after :after, up to :until; customers without invoices are left out.
select
    customer_id,
    cast(sum(amount) as float8) as spend,
    bool_or(is_sale) as has_returned
from gold.customer_invoice
where is_counted and customer_id = any(:customer_ids) and invoice_date > :after and invoice_date <= :until
group by customer_id
