-- States of the customers of a revision: the given columns, and the features.
select
    {{ columns }},
    customer_id,
    greatest(as_of, cast(:{{ side }}_scored_as_of as date)) - last_invoice_date as recency,
    frequency,
    monetary
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
    monetary
from segments.customer_segment_history
where
    revision <= :{{ side }}_revision and until_revision > :{{ side }}_revision
    {{ of page }}
