-- Release claims: interrupted attempts do not count, and are due at once.
update webhooks.webhook_delivery
set claim = null, attempts = attempts - 1, next_attempt_at = coalesce(cast(:now as timestamptz), clock_timestamp())
where claim = any(:claims)
