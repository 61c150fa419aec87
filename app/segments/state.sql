-- States of the customers of a revision: the given columns, the features, and the days since the first sale.
select
    {{ columns }},
    customer_id,
    greatest(as_of, cast(:{{ side }}_scored_as_of as date)) - last_invoice_date as recency,
    frequency,
    monetary,
    greatest(as_of, cast(:{{ side }}_scored_as_of as date)) - first_invoice_date as tenure
from segments.customer_segment
where
    revision <= :{{ side }}_revision
    {{ of page }}
union all
select
    {{ columns }},
    customer_id,
    greatest(as_of, cast(:{{ side }}_scored_as_of as date)) - last_invoice_date,
    frequency,
    monetary,
    greatest(as_of, cast(:{{ side }}_scored_as_of as date)) - first_invoice_date
from segments.customer_segment_history
where
    revision <= :{{ side }}_revision and until_revision > :{{ side }}_revision
    {{ of page }}
