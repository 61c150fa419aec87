-- Record the outcome of an attempt, unless another worker claimed the delivery meanwhile, and the state of the endpoint.
with moment as (
    select coalesce(cast(:now as timestamptz), clock_timestamp()) as now
),
recorded as (
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
        then 'no attempt succeeded for ' || :days || ' days'
        else e.state_reason
    end
from recorded
cross join moment
where
    e.endpoint_id = recorded.endpoint_id
    and ((:state = 'delivered') = (e.failing_since is not null) or :state in ('exhausted', 'failed'))
returning e.state
