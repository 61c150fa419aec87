-- Features of customers with gold rows changed since their last assignment: new sales, corrections, new customers.
select
    g.customer_id,
    cast(:as_of as date) - g.last_invoice_date as recency,
    g.frequency,
    cast(g.monetary as float8) as monetary
from gold.customer_rfm as g
left join segments.customer_segment as s on s.run_id = :run_id and s.customer_id = g.customer_id
where
    s.customer_id is null
    or s.frequency <> g.frequency
    or s.monetary <> g.monetary
    or s.as_of - s.recency <> g.last_invoice_date
    or s.first_invoice_date <> g.first_invoice_date
    or s.country is distinct from g.country
order by g.customer_id
