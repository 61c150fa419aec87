-- Make pending deliveries due if their next attempt is further ahead than any delay: a wrong clock scheduled them.
with moment as (
    select coalesce(cast(:now as timestamptz), clock_timestamp()) as now
)
update webhooks.webhook_delivery as d
set claim = null, next_attempt_at = moment.now
from moment
where d.state = 'pending' and d.next_attempt_at > moment.now + make_interval(secs => :longest)
