-- The changes since a change_id as events: one for each segment that a customer left or entered, if at least one
-- endpoint is subscribed. The row lock waits for a concurrent deletion of an endpoint.
with subscribed as materialized (
    select endpoint_id, events, scheme, segments
    from webhooks.webhook_endpoint
    where
        state = 'active'
        and not batch
        and events && array['customer.segment.entered', 'customer.segment.exited']
    for key share
),
moves as (
    select c.change_id, c.customer_id, c.run_id, c.as_of, m.scheme, m.cause, t.type, t.slug, t.other, t.position
    from segments.customer_change as c
    cross join lateral (
        values {{ moves }}
    ) as m (scheme, before, after, cause)
    cross join lateral (
        values
            ('customer.segment.exited', m.before, m.after, 1),
            ('customer.segment.entered', m.after, m.before, 2)
    ) as t (type, slug, other, position)
    where
        c.change_id >= :first_change
        and m.cause is not null
        and t.slug is not null
        and exists (select from subscribed)
),
recipients as (
    select w.endpoint_id, m.change_id, m.scheme, m.type
    from moves as m
    inner join subscribed as w
        on w.scheme = m.scheme and m.type = any(w.events) and (w.segments is null or m.slug = any(w.segments))
),
emitted as materialized (
    select 'evt_' || replace(cast(gen_random_uuid() as text), '-', '') as event_id, m.*
    from moves as m
    where (m.change_id, m.scheme, m.type) in (select change_id, scheme, type from recipients)
),
events as (
    insert into webhooks.webhook_event (event_id, type, customer_id, data)
    select
        t.event_id,
        t.type,
        t.customer_id,
        jsonb_build_object(
            'customer_id', t.customer_id,
            'scheme', t.scheme,
            'segment', coalesce(s.segment, d.name, t.slug),
            'slug', t.slug,
            case t.position when 1 then 'next_segment' else 'previous_segment' end, coalesce(o.segment, t.other),
            case t.position when 1 then 'next_slug' else 'previous_slug' end, t.other,
            'cause', t.cause,
            'as_of', t.as_of,
            'run_id', t.run_id,
            'change_id', t.change_id
        )
    from emitted as t
    left join segments.segment_summary as s on s.run_id = t.run_id and s.scheme = t.scheme and s.slug = t.slug
    left join lateral (
        -- The summary of a custom segment that was removed is deleted.
        select v.name
        from segments.custom_segment as v
        where t.scheme = 'custom' and v.slug = t.slug
        order by v.version desc
        limit 1
    ) as d on true
    left join segments.segment_summary as o on o.run_id = t.run_id and o.scheme = t.scheme and o.slug = t.other
),
deliveries as (
    insert into webhooks.webhook_delivery (event_id, endpoint_id)
    select t.event_id, r.endpoint_id
    from emitted as t
    inner join recipients as r on r.change_id = t.change_id and r.scheme = t.scheme and r.type = t.type
    order by t.change_id, t.position, r.endpoint_id
    returning delivery_id
)
select pg_notify(:channel, '')
from (select from deliveries limit 1) as any_delivery
