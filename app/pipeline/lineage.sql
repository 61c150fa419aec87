-- Nodes of the data's way, and edges with the rows of the latest run: from the ledger and the registries, not from the rows
-- themselves. A row without target is a node.
with files as (
    select id, source, run_id, rows_read, rows_loaded, rows_quarantined, received_at, loaded_at
    from pipeline.source_file
    where state = any(:active) and not_read is null
),
sources as (
    select
        s.name,
        coalesce(sum(f.rows_read), 0) as rows,
        max(f.received_at) as at,
        (array_agg(f.run_id order by f.received_at desc nulls last))[1] as run_id
    from pipeline.source as s
    left join files as f on f.source = s.name
    group by s.name, s.is_configured
    having s.is_configured or count(f.source) > 0
),
received as (
    select s.name, s.run_id, sum(f.rows_read) as rows, max(f.received_at) as at
    from sources as s
    inner join files as f on f.source = s.name and f.run_id = s.run_id
    group by s.name, s.run_id
),
layers as (
    select
        sum(rows_read) as received,
        sum(rows_loaded) as loaded,
        sum(rows_quarantined) as quarantined,
        max(received_at) as received_at,
        max(loaded_at) as loaded_at
    from files
),
newest as (
    select run_id, sum(rows_loaded) as loaded, sum(rows_quarantined) as quarantined, max(loaded_at) as at
    from files
    where run_id = (select run_id from files where loaded_at is not null order by loaded_at desc limit 1)
    group by run_id
),
counting as (
    select sum(m.rows) as rows
    from files as f
    inner join quality.file_money as m on m.file_id = f.id and m.outcome in ('counted', 'returned')
    where f.run_id = (select run_id from newest)
),
ended as (
    select run_id, job, started_at, finished_at, counts
    from pipeline.job_run
    where state = 'succeeded' and finished_at is not null
),
ingested as (
    select
        e.run_id,
        e.finished_at,
        (
            select count(*)
            from segments.customer_segment as s
            where s.updated_at between e.started_at and e.finished_at
        ) as customers
    from ended as e
    where e.job = 'ingest'
    order by e.finished_at desc
    limit 1
),
replayed as (
    select run_id, cast(counts ->> 'rows_loaded' as bigint) as rows, finished_at
    from ended
    where job = 'replay'
    order by finished_at desc
    limit 1
),
customers as (
    select count(*) as customers, max(updated_at) as at
    from gold.customer_rfm
),
published as (
    select
        c.run_id,
        m.customers as trained,
        m.trained_at,
        c.published_at,
        c.updated_at,
        (select sum(s.customers) from segments.cluster_summary as s where s.run_id = c.run_id) as customers
    from segments.current_run as c
    inner join segments.model as m on m.run_id = c.run_id
),
exported as (
    select export_id, customers, written_at
    from pipeline.export_object
    where state = 'written'
    order by written_at desc
    limit 1
),
assigned as (
    select run_id, started_at, finished_at
    from ended
    where job in ('ingest', 'retrain')
    order by finished_at desc
    limit 1
),
emitted as (
    select a.run_id, count(e.event_id) as events, max(e.created_at) as at
    from assigned as a
    left join webhooks.webhook_event as e
        on e.created_at between a.started_at and a.finished_at and e.type like 'customer.%'
    group by a.run_id
),
one as (
    select 1 as one
),
parts as (
    select 10 as position, 'source:' || name as origin, null as target, name, rows, 'rows' as unit, at, null as run_id
    from sources
    union all
    select 20, 'bronze', null, 'bronze', received, 'rows', received_at, null from layers
    union all
    select 21, 'silver', null, 'silver', loaded, 'rows', loaded_at, null from layers
    union all
    select 22, 'quarantine', null, 'quarantine', quarantined, 'rows', loaded_at, null from layers
    union all
    select 23, 'gold', null, 'gold', customers, 'customers', at, null from customers
    union all
    select 24, 'model', null, 'model', trained, 'customers', trained_at, cast(run_id as text)
    from one left join published on true
    union all
    select 25, 'segments', null, 'segments', customers, 'customers', updated_at, cast(run_id as text)
    from one left join published on true
    union all
    select 26, 'exports', null, 'exports', customers, 'customers', written_at, cast(export_id as text)
    from one left join exported on true
    union all
    select
        27,
        'webhooks',
        null,
        'webhooks',
        (select count(*) from webhooks.webhook_endpoint where state = 'active'),
        'endpoints',
        (select max(created_at) from webhooks.webhook_event),
        null
    union all
    select 30, 'source:' || s.name, 'bronze', null, r.rows, 'rows', r.at, cast(r.run_id as text)
    from sources as s
    left join received as r on r.name = s.name
    union all
    select 40, 'bronze', 'silver', null, loaded, 'rows', at, cast(run_id as text) from one left join newest on true
    union all
    select 41, 'bronze', 'quarantine', null, quarantined, 'rows', at, cast(run_id as text)
    from one left join newest on true
    union all
    select 42, 'quarantine', 'silver', null, rows, 'rows', finished_at, cast(run_id as text)
    from one left join replayed on true
    union all
    select
        43,
        'silver',
        'gold',
        null,
        case when n.run_id is not null then coalesce(c.rows, 0) end,
        'rows',
        n.at,
        cast(n.run_id as text)
    from counting as c
    left join newest as n on true
    union all
    select 44, 'gold', 'model', null, trained, 'customers', trained_at, cast(run_id as text)
    from one left join published on true
    union all
    select 45, 'gold', 'segments', null, customers, 'customers', finished_at, cast(run_id as text)
    from one left join ingested on true
    union all
    select 46, 'model', 'segments', null, trained, 'customers', published_at, cast(run_id as text)
    from one left join published on true
    union all
    select 47, 'segments', 'exports', null, customers, 'customers', written_at, cast(export_id as text)
    from one left join exported on true
    union all
    select 48, 'segments', 'webhooks', null, events, 'events', at, cast(run_id as text)
    from one left join emitted on true
)
select
    p.origin, p.target, p.name, p.rows, p.unit, p.at, cast(p.run_id as uuid) as run_id, r.job
from parts as p
left join pipeline.job_run as r on r.run_id = cast(p.run_id as uuid)
order by p.position, p.origin collate "C"
