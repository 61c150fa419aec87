-- One event for every endpoint subscribed to its type.
with subscribed as materialized (
    select endpoint_id
    from webhooks.webhook_endpoint
    where state = 'active' and cast(:type as text) = any(events)
    for key share
),
events as (
    insert into webhooks.webhook_event (event_id, type, data)
    select :event_id, :type, cast(:data as jsonb)
    where exists (select from subscribed)
),
deliveries as (
    insert into webhooks.webhook_delivery (event_id, endpoint_id)
    select :event_id, endpoint_id
    from subscribed
    returning delivery_id
)
select pg_notify(:channel, '')
from (select from deliveries limit 1) as any_delivery
