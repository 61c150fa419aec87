-- The segment of each customer beside the features that earned it.
insert into segments.customer_segment (run_id, customer_id, as_of, recency, frequency, monetary, cluster, kmeans, rules)
select
    :run_id,
    g.customer_id,
    cast(:as_of as date),
    cast(:as_of as date) - g.last_invoice_date,
    g.frequency,
    g.monetary,
    a.cluster,
    a.kmeans,
    a.rules
from unnest(
    cast(:customer_ids as text[]), cast(:clusters as smallint[]), cast(:kmeans as text[]), cast(:rules as text[])
) as a (customer_id, cluster, kmeans, rules)
inner join gold.customer_rfm as g on g.customer_id = a.customer_id
on conflict (run_id, customer_id) do update set
    as_of = excluded.as_of,
    recency = excluded.recency,
    frequency = excluded.frequency,
    monetary = excluded.monetary,
    cluster = excluded.cluster,
    kmeans = excluded.kmeans,
    rules = excluded.rules
