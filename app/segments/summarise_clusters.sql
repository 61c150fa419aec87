-- Recompute the summaries of some clusters of a run, or of all (null). The row of an empty cluster is not deleted. The
-- medians are those of segments.distribution.
with measured as (
    select
        cluster,
        min(kmeans) as segment,
        count(*) as customers,
        avg(recency) as mean_recency,
        avg(frequency) as mean_frequency,
        avg(monetary) as mean_monetary
    from ({{ state }}) as s
    where cast(:clusters as smallint[]) is null or cluster = any(cast(:clusters as smallint[]))
    group by cluster
),
medians as (
    select
        cast(name as smallint) as cluster,
        max(median) filter (where feature = 'recency') as median_recency,
        max(median) filter (where feature = 'frequency') as median_frequency,
        max(median) filter (where feature = 'monetary') as median_monetary
    from segments.distribution
    where run_id = :run_id and kind = 'cluster'
    group by name
),
known as (
    select cluster, segment
    from segments.cluster_summary
    where run_id = :run_id and (cast(:clusters as smallint[]) is null or cluster = any(cast(:clusters as smallint[])))
)
insert into segments.cluster_summary
    (run_id, cluster, segment, customers, mean_recency, median_recency, mean_frequency, median_frequency, mean_monetary,
     median_monetary)
select
    :run_id,
    coalesce(m.cluster, k.cluster),
    coalesce(k.segment, m.segment),
    coalesce(m.customers, 0),
    m.mean_recency,
    d.median_recency,
    m.mean_frequency,
    d.median_frequency,
    m.mean_monetary,
    d.median_monetary
from measured as m
full join known as k on k.cluster = m.cluster
left join medians as d on d.cluster = m.cluster
on conflict (run_id, cluster) do update set
    customers = excluded.customers,
    mean_recency = excluded.mean_recency,
    median_recency = excluded.median_recency,
    mean_frequency = excluded.mean_frequency,
    median_frequency = excluded.median_frequency,
    mean_monetary = excluded.mean_monetary,
    median_monetary = excluded.median_monetary
