-- Values of the metrics of the database: one row per metric and labels; a null value is omitted. Every part reads one row,
-- an index, or the ledger, whose rows are files: the time does not depend on the number of sales or customers.
with files as (
    select
        state,
        count(*) as files,
        sum(rows_loaded) filter (where state = any(:active)) as loaded,
        sum(rows_quarantined) filter (where state = any(:active)) as quarantined,
        sum(rows_skipped) filter (where state = any(:active)) as skipped
    from pipeline.source_file
    where not_read is null or not (state = any(:active))
    group by state
),
jobs as (select unnest(cast(:jobs as text[])) as job),
runs as (
    select job, state, count(*) as runs
    from pipeline.job_run
    where scheduled_for > clock_timestamp() - interval '1 day'
    group by job, state
),
ended as (
    select
        j.job,
        (
            select r.finished_at
            from pipeline.job_run as r
            where r.job = j.job and r.state = 'succeeded'
            order by r.scheduled_for desc
            limit 1
        ) as succeeded_at,
        (
            select r.state
            from pipeline.job_run as r
            where r.job = j.job and r.state in ('succeeded', 'failed', 'crashed')
            order by r.scheduled_for desc
            limit 1
        ) as state
    from jobs as j
),
leader as (select epoch, holder, expires_at - clock_timestamp() as remaining from pipeline.lease where name = :leader),
score as (
    select 100 * (1 - cast(
        sum(null_invoices + null_stock_codes + null_customers) + sum(bad_quantities + bad_prices + unsplit_rows)
        as numeric
    ) / nullif(6 * sum(rows), 0)) as score
    from quality.file_profile
    where layer = 'bronze' and processing_date = (select max(processing_date) from quality.file_profile)
),
fresh as (select * from pipeline.freshness),
current as (
    select c.as_of, m.trained_at, m.customers
    from segments.current_run as c
    inner join segments.model as m on m.run_id = c.run_id
),
pending as (
    select 1 from webhooks.webhook_delivery where state = 'pending' limit :most_deliveries
),
overdue as (
    select min(first.next_attempt_at) as since
    from webhooks.webhook_endpoint as e
    cross join lateral (
        select d.next_attempt_at
        from webhooks.webhook_delivery as d
        where d.endpoint_id = e.endpoint_id and d.state = 'pending'
        order by d.next_attempt_at
        limit 1
    ) as first
    where e.state = 'active'
)
select 'files' as metric, state as label, null as second_label, cast(files as double precision) as value from files
union all select 'rows', 'loaded', null, (select coalesce(sum(loaded), 0) from files)
union all select 'rows', 'quarantined', null, (select coalesce(sum(quarantined), 0) from files)
union all select 'rows', 'skipped', null, (select coalesce(sum(skipped), 0) from files)
union all select 'backlog_files', null, null, (select coalesce(sum(files), 0) from files where state = 'discovered')
union all select 'runs_last_day', job, state, runs from runs
union all select 'job_success_age_seconds', job, null, extract(epoch from clock_timestamp() - succeeded_at) from ended
union all select 'job_failing', job, null, cast(coalesce(state <> 'succeeded', false) as int) from ended
union all select 'leader_epoch', null, null, epoch from leader
union all select 'leader_lease_seconds', null, null, greatest(0, extract(epoch from remaining)) from leader
union all select 'leader_info', holder, null, 1 from leader where holder is not null and remaining > interval '0'
union all select 'data_age_seconds', null, null, extract(epoch from :now - (data_through + 1)) from fresh
union all select 'quality_warning', null, null, cast(warning is not null as int) from fresh
union all select 'quality_gate_closed', null, null, cast(gate_reason is not null as int) from fresh
union all select 'quality_score', null, null, score from score
union all select 'segments_age_seconds', null, null, extract(epoch from :now - (as_of + 1)) from current
union all select 'model_age_seconds', null, null, extract(epoch from clock_timestamp() - trained_at) from current
union all select 'model_customers', null, null, customers from current
union all select 'webhook_deliveries_pending', null, null, (select count(*) from pending)
union all
select 'webhook_overdue_seconds', null, null, coalesce(greatest(0, extract(epoch from clock_timestamp() - since)), 0)
from overdue
union all select 'webhook_endpoints', state, null, count(*) from webhooks.webhook_endpoint group by state
