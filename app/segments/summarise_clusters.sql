insert into segments.cluster_summary
    (run_id, cluster, segment, customers, mean_recency, median_recency, mean_frequency, median_frequency, mean_monetary,
     median_monetary)
select
    :run_id,
    cluster,
    min(kmeans),
    count(*),
    avg(recency),
    percentile_cont(0.5) within group (order by recency),
    avg(frequency),
    percentile_cont(0.5) within group (order by frequency),
    avg(monetary),
    percentile_cont(0.5) within group (order by cast(monetary as float8))
from segments.customer_segment
where run_id = :run_id
group by cluster
on conflict (run_id, cluster) do update set
    customers = excluded.customers,
    mean_recency = excluded.mean_recency,
    median_recency = excluded.median_recency,
    mean_frequency = excluded.mean_frequency,
    median_frequency = excluded.median_frequency,
    mean_monetary = excluded.mean_monetary,
    median_monetary = excluded.median_monetary
