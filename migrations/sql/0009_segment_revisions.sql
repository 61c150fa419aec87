-- A revision for the publication of each stored run, and for each later day on which customers of it were assigned.
insert into segments.revision (run_id, kind, as_of, scored_as_of, created_at)
select p.run_id, case when d.day = p.as_of then 'published' else 'assigned' end, d.day, p.as_of, p.published_at
from segments.publication_log as p
cross join lateral (
    select p.as_of as day
    union
    select s.as_of from segments.customer_segment_former as s where s.run_id = p.run_id
    union
    select h.as_of from segments.customer_segment_history_former as h where h.run_id = p.run_id
    union
    select h.until from segments.customer_segment_history_former as h where h.run_id = p.run_id
) as d
order by p.publication_no, d.day;

-- The states of the current run.
insert into segments.customer_segment
    (customer_id, revision, as_of, first_invoice_date, last_invoice_date, frequency, monetary, returned, country, cluster,
     kmeans, rules, kmeans_since, rules_since, updated_at)
select
    s.customer_id, r.revision, s.as_of, s.first_invoice_date, s.as_of - s.recency, s.frequency, s.monetary, s.returned,
    s.country, s.cluster, s.kmeans, s.rules, s.kmeans_since, s.rules_since, s.updated_at
from segments.customer_segment_former as s
inner join segments.current_run as c on c.run_id = s.run_id
inner join segments.revision as r on r.run_id = s.run_id and r.as_of = s.as_of
order by s.customer_id;

-- The former states: those of earlier runs end with the publication of the next one.
insert into segments.customer_segment_history
    (customer_id, revision, until_revision, as_of, first_invoice_date, last_invoice_date, frequency, monetary, returned,
     country, cluster, kmeans, rules, kmeans_since, rules_since, updated_at)
with states as (
    select
        run_id, customer_id, as_of, cast(null as date) as until, first_invoice_date, recency, frequency, monetary,
        returned, country, cluster, kmeans, rules, kmeans_since, rules_since, updated_at
    from segments.customer_segment_former
    where run_id not in (select run_id from segments.current_run)
    union all
    select
        run_id, customer_id, as_of, until, first_invoice_date, recency, frequency, monetary, returned, country, cluster,
        kmeans, rules, kmeans_since, rules_since, updated_at
    from segments.customer_segment_history_former
),
ends as (
    select run_id, lead(min(revision)) over (order by min(revision)) as next_revision
    from segments.revision
    group by run_id
)
select
    s.customer_id, r.revision, coalesce(u.revision, e.next_revision), s.as_of, s.first_invoice_date,
    s.as_of - s.recency, s.frequency, s.monetary, s.returned, s.country, s.cluster, s.kmeans, s.rules, s.kmeans_since,
    s.rules_since, s.updated_at
from states as s
inner join ends as e on e.run_id = s.run_id
inner join segments.revision as r on r.run_id = s.run_id and r.as_of = s.as_of
left join segments.revision as u on u.run_id = s.run_id and u.as_of = s.until;

alter table segments.current_run add column revision bigint;

update segments.current_run
set revision = (select max(revision) from segments.revision)
