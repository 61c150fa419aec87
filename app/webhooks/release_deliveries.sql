-- Release claims: interrupted attempts do not count, and their deliveries are due immediately.
update webhooks.webhook_delivery
set claim = null, attempts = attempts - 1, next_attempt_at = coalesce(cast(:now as timestamptz), clock_timestamp())
where claim = any(:claims)
