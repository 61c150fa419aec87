-- One event for every endpoint that wants its type.
with wanting as materialized (
    select endpoint_id
    from webhooks.webhook_endpoint
    where state = 'active' and cast(:type as text) = any(events)
    for key share
),
events as (
    insert into webhooks.webhook_event (event_id, type, data)
    select :event_id, :type, cast(:data as jsonb)
    where exists (select from wanting)
),
deliveries as (
    insert into webhooks.webhook_delivery (event_id, endpoint_id)
    select :event_id, endpoint_id
    from wanting
    returning delivery_id
)
select pg_notify(:channel, '')
from (select from deliveries limit 1) as any_delivery
