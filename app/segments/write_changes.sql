-- Record a change for each of these customers; returns the lowest change_id. :labels are positions in the arrays of distinct
-- clusters, segments and causes.
with written as (
    insert into segments.customer_change
        (customer_id, run_id, as_of, kind, kmeans_before, kmeans_after, kmeans_cause, rules_before, rules_after,
         rules_cause, cluster_before, cluster_after)
    select
        customer_id, :run_id, :as_of, case when kmeans_before is null then 'first' else 'moved' end, kmeans_before,
        kmeans, kmeans_cause, rules_before, rules, rules_cause, cluster_before, cluster
    from unnest(cast(:customer_ids as text[]), cast(:labels as integer[]))
        with ordinality as a (customer_id, label, position)
    inner join unnest(
        cast(:clusters as smallint[]),
        cast(:kmeans as text[]),
        cast(:rules as text[]),
        cast(:clusters_before as smallint[]),
        cast(:kmeans_before as text[]),
        cast(:rules_before as text[]),
        cast(:kmeans_causes as text[]),
        cast(:rules_causes as text[])
    ) with ordinality as l (
        cluster, kmeans, rules, cluster_before, kmeans_before, rules_before, kmeans_cause, rules_cause, label
    )
        on l.label = a.label
    order by position
    returning change_id
)
select min(change_id) from written
