-- Record a change for each of these customers; returns the lowest change_id. :labels are positions in the arrays of distinct
-- clusters, segments and causes.
with written as (
    insert into segments.customer_change
        (customer_id, run_id, as_of, kind, cluster_before, cluster_after, {{ changes }})
    select
        customer_id, :run_id, :as_of, case when {{ first scheme }}_before is null then 'first' else 'moved' end,
        cluster_before, cluster, {{ changed from }}
    from unnest(cast(:customer_ids as text[]), cast(:labels as integer[]))
        with ordinality as a (customer_id, label, position)
    inner join unnest(
        cast(:clusters as smallint[]),
        cast(:clusters_before as smallint[]),
        {{ change arrays }}
    ) with ordinality as l (cluster, cluster_before, {{ changed from }}, label)
        on l.label = a.label
    order by position
    returning change_id
)
select min(change_id) from written
