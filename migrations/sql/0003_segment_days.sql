-- Segments of each day since the first stored publication, from the states of the published runs. A day belongs to the run
-- that was published last with an earlier or the same as_of.
with moments as (
    select run_id, as_of as day, kmeans, rules, count(*) as customers, sum(monetary) as revenue
    from segments.customer_segment
    group by run_id, as_of, kmeans, rules
    union all
    select run_id, as_of, kmeans, rules, count(*), sum(monetary)
    from segments.customer_segment_history
    group by run_id, as_of, kmeans, rules
    union all
    select run_id, until, kmeans, rules, -count(*), -sum(monetary)
    from segments.customer_segment_history
    group by run_id, until, kmeans, rules
),
days as (
    select distinct m.run_id, m.day
    from moments as m
    where
        m.run_id = (
            select p.run_id
            from segments.publication_log as p
            where p.as_of <= m.day
            order by p.publication_no desc
            limit 1
        )
),
by_segment as (
    select m.run_id, m.day, s.scheme, s.slug, sum(m.customers) as customers, sum(m.revenue) as revenue
    from moments as m
    cross join lateral (values ('kmeans', m.kmeans), ('rules', m.rules)) as s (scheme, slug)
    group by m.run_id, m.day, s.scheme, s.slug
)
insert into segments.segment_day (as_of, scheme, slug, run_id, customers, revenue)
select d.day, b.scheme, b.slug, d.run_id, sum(b.customers), sum(b.revenue)
from days as d
inner join by_segment as b on b.run_id = d.run_id and b.day <= d.day
group by d.day, b.scheme, b.slug, d.run_id
having sum(b.customers) > 0
