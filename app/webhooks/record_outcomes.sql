-- What came of an attempt, unless somebody else has taken the delivery meanwhile; and what it says of the endpoint.
with moment as (
    select coalesce(cast(:now as timestamptz), clock_timestamp()) as now
),
settled as (
    update webhooks.webhook_delivery as d
    set
        state = :state,
        claim = null,
        next_attempt_at = case when :state = 'pending' then moment.now + make_interval(secs => :delay) end,
        delivered_at = case when :state = 'delivered' then moment.now end,
        status = :status,
        response_body = :body,
        error = :error
    from moment
    where d.delivery_id = :delivery_id and d.claim = :claim
    returning d.endpoint_id
)
update webhooks.webhook_endpoint as e
set
    failing_since = case when :state <> 'delivered' then coalesce(e.failing_since, moment.now) end,
    state = case
        when e.state = 'active' and :status = 410 then 'gone'
        when e.state = 'active' and :state = 'exhausted' and e.failing_since < moment.now - make_interval(days => :days)
        then 'disabled'
        else e.state
    end,
    state_reason = case
        when e.state = 'active' and :status = 410 then 'the receiver answered 410 Gone'
        when e.state = 'active' and :state = 'exhausted' and e.failing_since < moment.now - make_interval(days => :days)
        then 'no attempt went well for ' || :days || ' days'
        else e.state_reason
    end
from settled
cross join moment
where
    e.endpoint_id = settled.endpoint_id
    and ((:state = 'delivered') = (e.failing_since is not null) or :state in ('exhausted', 'failed'))
returning e.state
