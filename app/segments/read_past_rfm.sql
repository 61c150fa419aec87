-- Features of every customer to segment from the invoices up to :as_of, and after :after if it is not null, sorted by id: equal
-- to those of gold.customer_rfm for an :as_of that no invoice is after.
select
    customer_id,
    cast(:as_of as date) - max(invoice_date) filter (where is_sale) as recency,
    count(distinct invoice_no) filter (where is_sale) as frequency,
    cast(sum(amount) as float8) as monetary,
    cast(:as_of as date) - min(invoice_date) filter (where is_sale) as tenure
from gold.customer_invoice
where
    is_counted
    and customer_id <> ''
    and invoice_date <= :as_of
    and (cast(:after as date) is null or invoice_date > cast(:after as date))
group by customer_id
having bool_or(is_sale) and (sum(returned) <= 0 or sum(amount) > 0)
order by customer_id
