-- Insert or update the segments of customers with their features, and copy the states they replace to the history, except
-- states of the same revision. The since date of a segment stays while the segment is the same. :labels are positions in the
-- arrays of distinct clusters and segments.
with given as (
    select a.customer_id, l.*
    from unnest(cast(:customer_ids as text[]), cast(:labels as integer[])) as a (customer_id, label)
    inner join unnest(cast(:clusters as smallint[]), {{ slug arrays }})
        with ordinality as l (cluster, {{ slugs }}, label)
        on l.label = a.label
),
former as (
    select s.*
    from given as a
    inner join segments.customer_segment as s on s.customer_id = a.customer_id
    where s.revision < :revision
),
replaced as (
    insert into segments.customer_segment_history (customer_id, revision, until_revision, {{ state }})
    select customer_id, revision, :revision, {{ state }}
    from former
)
insert into segments.customer_segment as s
    (customer_id, revision, as_of, first_invoice_date, last_invoice_date, frequency, monetary, returned, country,
     cluster, updated_at, {{ slugs }}, {{ since }})
select
    g.customer_id, :revision, :as_of, g.first_invoice_date, g.last_invoice_date, g.frequency, g.monetary, g.returned,
    g.country, a.cluster, statement_timestamp(), {{ assigned slugs }}, {{ assigned on }}
from given as a
inner join {{ customers }} as g on g.customer_id = a.customer_id
order by g.customer_id  -- inserts into the indexes take two thirds of the time
on conflict (customer_id) do update set
    revision = excluded.revision,
    as_of = excluded.as_of,
    first_invoice_date = excluded.first_invoice_date,
    last_invoice_date = excluded.last_invoice_date,
    frequency = excluded.frequency,
    monetary = excluded.monetary,
    returned = excluded.returned,
    country = excluded.country,
    cluster = excluded.cluster,
    {{ replaced slugs }},
    {{ replaced since }},
    updated_at = case
        when
            s.frequency = excluded.frequency
            and s.monetary = excluded.monetary
            and s.returned = excluded.returned
            and s.last_invoice_date = excluded.last_invoice_date
            and s.first_invoice_date = excluded.first_invoice_date
            and s.country is not distinct from excluded.country
            and {{ same slugs }}
        then s.updated_at
        else excluded.updated_at
    end
