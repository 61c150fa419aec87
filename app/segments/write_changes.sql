-- Record a change for each of these customers, and for customers who are no longer segmented: their last sale that counts was
-- removed by a correction, or their returns reached the value of their sales.
with written as (
    insert into segments.customer_change
        (customer_id, run_id, as_of, kind, kmeans_before, kmeans_after, kmeans_cause, rules_before, rules_after,
         rules_cause, cluster_before, cluster_after)
    select
        a.customer_id,
        :run_id,
        :as_of,
        case when b.customer_id is null then 'first' else 'moved' end,
        b.kmeans,
        a.kmeans,
        a.kmeans_cause,
        b.rules,
        a.rules,
        a.rules_cause,
        b.cluster,
        a.cluster
    from unnest(
        cast(:customer_ids as text[]), cast(:clusters as smallint[]), cast(:kmeans as text[]), cast(:rules as text[]),
        cast(:kmeans_causes as text[]), cast(:rules_causes as text[])
    ) with ordinality as a (customer_id, cluster, kmeans, rules, kmeans_cause, rules_cause, position)
    left join segments.customer_segment as b on b.run_id = :previous_run_id and b.customer_id = a.customer_id
    order by a.position
    returning change_id
),
gone as (
    insert into segments.customer_change
        (customer_id, run_id, as_of, kind, kmeans_before, kmeans_cause, rules_before, rules_cause, cluster_before)
    select s.customer_id, :run_id, :as_of, 'gone', s.kmeans, 'gone', s.rules, 'gone', s.cluster
    from segments.customer_segment as s
    where
        s.run_id = :previous_run_id
        and not exists (select 1 from gold.customer_rfm as g where g.customer_id = s.customer_id and g.is_segmented)
    order by s.customer_id
    returning change_id
)
select min(change_id)
from (
    select change_id from written
    union all
    select change_id from gone
) as changes
