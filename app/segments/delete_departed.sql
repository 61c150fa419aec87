-- Delete customers who are no longer segmented: a correction removed their last sale that counts, their returns reached the
-- value of their sales, or the window has no sale of theirs. Their states are copied to the history, except states of the
-- same revision, a change is recorded, and their forecasts are deleted. If all customers are assigned (:customers of them), there
-- are none unless more are stored.
-- Returns the number of customers and the lowest change_id.
with departed as (
    delete from segments.customer_segment as s
    where
        (cast(:customers as bigint) is null or (select count(*) from segments.customer_segment) > :customers)
        and not exists (select 1 from {{ customers }} as g where g.customer_id = s.customer_id and g.is_segmented)
        {{ of changed }}
    returning s.*
),
replaced as (
    insert into segments.customer_segment_history (customer_id, revision, until_revision, {{ state }})
    select customer_id, revision, :revision, {{ state }}
    from departed
    where revision < :revision
),
forecasts as (
    delete from segments.customer_forecast as f
    using departed as d
    where f.customer_id = d.customer_id
),
recorded as (
    insert into segments.customer_change (customer_id, run_id, as_of, kind, cluster_before, {{ departures }})
    select customer_id, :run_id, :as_of, 'gone', cluster, {{ departed from }}
    from departed
    order by customer_id
    returning change_id
)
select (select count(*) from departed) as customers, (select min(change_id) from recorded) as first_change
