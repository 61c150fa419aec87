-- Claim due deliveries of active endpoints, oldest first, within the limit of concurrent attempts per endpoint. A claim
-- expires after some seconds, and the delivery is due again.
with moment as (
    select coalesce(cast(:now as timestamptz), clock_timestamp()) as now
),
endpoints as (
    select
        e.endpoint_id,
        :at_once - (
            select count(*)
            from webhooks.webhook_delivery as c
            where c.endpoint_id = e.endpoint_id and c.claim is not null and c.next_attempt_at > moment.now
        ) as free
    from webhooks.webhook_endpoint as e
    cross join moment
    where e.state = 'active'
),
due as materialized (
    select first.delivery_id
    from endpoints
    cross join moment
    cross join lateral (
        select d.delivery_id
        from webhooks.webhook_delivery as d
        where d.endpoint_id = endpoints.endpoint_id and d.state = 'pending' and d.next_attempt_at <= moment.now
        order by d.next_attempt_at
        limit greatest(endpoints.free, 0)
        for update of d skip locked
    ) as first
),
claimed as (
    update webhooks.webhook_delivery as d
    set
        claim = gen_random_uuid(),
        attempts = d.attempts + 1,
        last_attempt_at = moment.now,
        next_attempt_at = moment.now + make_interval(secs => :seconds)
    from due
    cross join moment
    where d.delivery_id = due.delivery_id
    returning d.delivery_id, d.claim, d.attempts, d.last_attempt_at as claimed_at, d.endpoint_id, d.event_id
)
select
    c.delivery_id,
    c.claim,
    c.attempts,
    c.claimed_at,
    e.url,
    array(
        select s.secret
        from webhooks.webhook_secret as s
        where s.endpoint_id = c.endpoint_id and (s.expires_at is null or s.expires_at > c.claimed_at)
        order by s.secret_id desc
    ) as secrets,
    v.event_id,
    v.type,
    v.created_at,
    v.data
from claimed as c
inner join webhooks.webhook_endpoint as e on e.endpoint_id = c.endpoint_id
inner join webhooks.webhook_event as v on v.event_id = c.event_id
order by c.delivery_id
