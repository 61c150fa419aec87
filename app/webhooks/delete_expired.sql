-- Delete a batch of events past their retention period, with their deliveries.
delete from webhooks.webhook_event
where event_id in (
    select event_id
    from webhooks.webhook_event
    where created_at < coalesce(cast(:now as timestamptz), clock_timestamp()) - make_interval(days => :days)
    order by created_at
    limit :rows
)
