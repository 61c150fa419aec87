-- Insert or update the segments of customers with their features. The since date of a segment is that in the run :previous_run_id
-- if the segment is the same.
insert into segments.customer_segment
    (run_id, customer_id, as_of, recency, frequency, monetary, cluster, kmeans, rules, country, first_invoice_date,
     kmeans_since, rules_since, updated_at, returned)
select
    :run_id,
    g.customer_id,
    cast(:as_of as date),
    cast(:as_of as date) - g.last_invoice_date,
    g.frequency,
    g.monetary,
    a.cluster,
    a.kmeans,
    a.rules,
    g.country,
    g.first_invoice_date,
    case when b.kmeans = a.kmeans then b.kmeans_since else cast(:as_of as date) end,
    case when b.rules = a.rules then b.rules_since else cast(:as_of as date) end,
    case
        when
            b.frequency = g.frequency
            and b.monetary = g.monetary
            and b.returned = g.returned
            and b.as_of - b.recency = g.last_invoice_date
            and b.first_invoice_date = g.first_invoice_date
            and b.country is not distinct from g.country
            and b.kmeans = a.kmeans
            and b.rules = a.rules
        then b.updated_at
        else statement_timestamp()
    end,
    g.returned
from unnest(
    cast(:customer_ids as text[]), cast(:clusters as smallint[]), cast(:kmeans as text[]), cast(:rules as text[])
) as a (customer_id, cluster, kmeans, rules)
inner join gold.customer_rfm as g on g.customer_id = a.customer_id
left join segments.customer_segment as b on b.run_id = :previous_run_id and b.customer_id = a.customer_id
on conflict (run_id, customer_id) do update set
    as_of = excluded.as_of,
    recency = excluded.recency,
    frequency = excluded.frequency,
    monetary = excluded.monetary,
    cluster = excluded.cluster,
    kmeans = excluded.kmeans,
    rules = excluded.rules,
    country = excluded.country,
    first_invoice_date = excluded.first_invoice_date,
    kmeans_since = excluded.kmeans_since,
    rules_since = excluded.rules_since,
    updated_at = excluded.updated_at,
    returned = excluded.returned
