-- The changes since a change_id as one event for each endpoint subscribed to batches: their number, and their range of
-- ids.
with subscribed as materialized (
    select endpoint_id, events, scheme, segments
    from webhooks.webhook_endpoint
    where state = 'active' and batch and events && array['customer.segment.entered', 'customer.segment.exited']
    for key share
),
changes as (
    select
        w.endpoint_id,
        w.scheme,
        c.change_id,
        c.run_id,
        c.as_of,
        m.cause
    from segments.customer_change as c
    cross join lateral (
        values {{ moves }}
    ) as m (scheme, before, after, cause)
    inner join subscribed as w on w.scheme = m.scheme
    cross join lateral (
        values
            ('customer.segment.exited', m.before),
            ('customer.segment.entered', m.after)
    ) as t (type, slug)
    where
        c.change_id >= :first_change
        and t.slug is not null
        and t.type = any(w.events)
        and (w.segments is null or t.slug = any(w.segments))
        and m.cause is not null
        and exists (select from subscribed)
    group by w.endpoint_id, w.scheme, c.change_id, m.cause
),
causes as (
    select endpoint_id, scheme, run_id, as_of, cause, count(*) as changes, min(change_id) - 1 as after, max(change_id) as through
    from changes
    group by endpoint_id, scheme, run_id, as_of, cause
),
batches as materialized (
    select
        'evt_' || replace(cast(gen_random_uuid() as text), '-', '') as event_id,
        endpoint_id,
        jsonb_build_object(
            'scheme', scheme,
            'changes', sum(changes),
            'causes', jsonb_object_agg(cause, changes),
            'after', min(after),
            'through', max(through),
            'as_of', as_of,
            'run_id', run_id
        ) as data
    from causes
    group by endpoint_id, scheme, run_id, as_of
),
events as (
    insert into webhooks.webhook_event (event_id, type, data)
    select event_id, 'customer.segments.changed', data
    from batches
),
deliveries as (
    insert into webhooks.webhook_delivery (event_id, endpoint_id)
    select event_id, endpoint_id
    from batches
    returning delivery_id
)
select pg_notify(:channel, '')
from (select from deliveries limit 1) as any_delivery
