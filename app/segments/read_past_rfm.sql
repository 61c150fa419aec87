-- Features of every customer to segment from the invoices up to :until and after :after, of the files :file_ids, each null for
-- all, and not of the files :without; sorted by id. For all files and an :as_of that no invoice is after, they equal those of
-- gold.customer_rfm.
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
    and (cast(:until as date) is null or invoice_date <= cast(:until as date))
    and (cast(:after as date) is null or invoice_date > cast(:after as date))
    and (cast(:file_ids as bigint[]) is null or file_id = any(cast(:file_ids as bigint[])))
    and file_id <> all(cast(:without as bigint[]))
group by customer_id
having bool_or(is_sale) and (sum(returned) <= 0 or sum(amount) > 0)
order by customer_id
