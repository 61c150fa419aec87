-- Seconds until the next delivery is due; null if none is pending.
with moment as (
    select coalesce(cast(:now as timestamptz), clock_timestamp()) as now
)
select extract(epoch from min(first.next_attempt_at) - min(moment.now))
from webhooks.webhook_endpoint as e
cross join moment
cross join lateral (
    select d.next_attempt_at
    from webhooks.webhook_delivery as d
    where d.endpoint_id = e.endpoint_id and d.state = 'pending' and d.next_attempt_at > moment.now
    order by d.next_attempt_at
    limit 1
) as first
where e.state = 'active'
