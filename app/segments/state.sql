-- States of the customers of a revision: the given columns, the features, and the days since the first sale.
select
    {{ columns }},
    customer_id,
    greatest(greatest(as_of, cast(:{{ side }}_scored_as_of as date)) - last_invoice_date, 0) as recency,
    frequency,
    monetary,
    greatest(greatest(as_of, cast(:{{ side }}_scored_as_of as date)) - first_invoice_date, 0) as tenure
from segments.customer_segment
where
    revision <= :{{ side }}_revision
    {{ of page }}
union all
select
    {{ columns }},
    customer_id,
    greatest(greatest(as_of, cast(:{{ side }}_scored_as_of as date)) - last_invoice_date, 0),
    frequency,
    monetary,
    greatest(greatest(as_of, cast(:{{ side }}_scored_as_of as date)) - first_invoice_date, 0)
from segments.customer_segment_history
where
    revision <= :{{ side }}_revision and until_revision > :{{ side }}_revision
    {{ of page }}
