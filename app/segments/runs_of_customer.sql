-- Superseded runs whose newest stored state has the customer, with the cluster and the segments.
with newest as (
    select run_id, max(revision) as revision
    from segments.revision
    where run_id <> (select run_id from segments.current_run)
    group by run_id
),
states as (
    select revision, cast(null as bigint) as until_revision, {{ groups }}
    from segments.customer_segment
    where customer_id = :customer_id
    union all
    select revision, until_revision, {{ groups }}
    from segments.customer_segment_history
    where customer_id = :customer_id
)
select n.run_id, {{ groups }}
from newest as n
inner join states as s
    on s.revision <= n.revision and (s.until_revision is null or s.until_revision > n.revision)
