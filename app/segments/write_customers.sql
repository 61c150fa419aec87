-- Insert or update the segments of customers with their features, and copy the states they replace to the history, except
-- states of the same revision. The since date of a segment stays while the segment is the same. :labels are positions in the
-- arrays of distinct clusters and segments.
with given as (
    select a.customer_id, l.cluster, l.kmeans, l.rules
    from unnest(cast(:customer_ids as text[]), cast(:labels as integer[])) as a (customer_id, label)
    inner join unnest(cast(:clusters as smallint[]), cast(:kmeans as text[]), cast(:rules as text[]))
        with ordinality as l (cluster, kmeans, rules, label)
        on l.label = a.label
),
replaced as (
    insert into segments.customer_segment_history
        (customer_id, revision, until_revision, as_of, first_invoice_date, last_invoice_date, frequency, monetary,
         returned, country, cluster, kmeans, rules, kmeans_since, rules_since, updated_at)
    select
        s.customer_id, s.revision, :revision, s.as_of, s.first_invoice_date, s.last_invoice_date, s.frequency,
        s.monetary, s.returned, s.country, s.cluster, s.kmeans, s.rules, s.kmeans_since, s.rules_since, s.updated_at
    from given as a
    inner join segments.customer_segment as s on s.customer_id = a.customer_id
    where s.revision < :revision
)
insert into segments.customer_segment as s
    (customer_id, revision, as_of, first_invoice_date, last_invoice_date, frequency, monetary, returned, country,
     cluster, kmeans, rules, kmeans_since, rules_since, updated_at)
select
    g.customer_id, :revision, :as_of, g.first_invoice_date, g.last_invoice_date, g.frequency, g.monetary, g.returned,
    g.country, a.cluster, a.kmeans, a.rules, :as_of, :as_of, statement_timestamp()
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
    kmeans = excluded.kmeans,
    rules = excluded.rules,
    kmeans_since = case when s.kmeans = excluded.kmeans then s.kmeans_since else excluded.kmeans_since end,
    rules_since = case when s.rules = excluded.rules then s.rules_since else excluded.rules_since end,
    updated_at = case
        when
            s.frequency = excluded.frequency
            and s.monetary = excluded.monetary
            and s.returned = excluded.returned
            and s.last_invoice_date = excluded.last_invoice_date
            and s.first_invoice_date = excluded.first_invoice_date
            and s.country is not distinct from excluded.country
            and s.kmeans = excluded.kmeans
            and s.rules = excluded.rules
        then s.updated_at
        else excluded.updated_at
    end
