-- Insert or update the segments of customers with their features, and copy the states they replace to the history, except
-- states of the same revision. The since date of a segment stays while the segment is the same. :labels are positions in the
-- arrays of distinct clusters and segments. The caller holds the lock of gold, so that nobody else inserts: "on conflict" takes
-- a fifth longer. Customers are by id, :first_id to :last_id: rows are read from the index, and not all rows of the tables.
with given as (
    select a.customer_id, l.*
    from unnest(cast(:customer_ids as text[]), cast(:labels as integer[])) as a (customer_id, label)
    inner join unnest(cast(:clusters as smallint[]), {{ slug arrays }})
        with ordinality as l (cluster, {{ slugs }}, label)
        on l.label = a.label
),
replaced as (
    insert into segments.customer_segment_history (customer_id, revision, until_revision, {{ state }})
    select s.customer_id, s.revision, :revision, {{ former state }}
    from given as a
    inner join segments.customer_segment as s on s.customer_id = a.customer_id
    where s.revision < :revision and s.customer_id between :first_id and :last_id
)
merge into segments.customer_segment as s
using (
    select g.*, {{ assigned slugs }}, a.cluster
    from given as a
    inner join {{ customers }} as g on g.customer_id = a.customer_id
    where g.customer_id between :first_id and :last_id
    order by g.customer_id  -- inserts into the indexes take two thirds of the time
) as a
    on a.customer_id = s.customer_id and s.customer_id between :first_id and :last_id
when matched then update set
    revision = :revision,
    as_of = :as_of,
    first_invoice_date = a.first_invoice_date,
    last_invoice_date = a.last_invoice_date,
    frequency = a.frequency,
    monetary = a.monetary,
    returned = a.returned,
    country = a.country,
    cluster = a.cluster,
    {{ replaced slugs }},
    {{ replaced since }},
    updated_at = case
        when
            s.frequency = a.frequency
            and s.monetary = a.monetary
            and s.returned = a.returned
            and s.last_invoice_date = a.last_invoice_date
            and s.first_invoice_date = a.first_invoice_date
            and s.country is not distinct from a.country
            and {{ same slugs }}
        then s.updated_at
        else statement_timestamp()
    end
when not matched then insert
    (customer_id, revision, as_of, first_invoice_date, last_invoice_date, frequency, monetary, returned, country,
     cluster, updated_at, {{ slugs }}, {{ since }})
values
    (a.customer_id, :revision, :as_of, a.first_invoice_date, a.last_invoice_date, a.frequency, a.monetary, a.returned,
     a.country, a.cluster, statement_timestamp(), {{ assigned slugs }}, {{ assigned on }})
