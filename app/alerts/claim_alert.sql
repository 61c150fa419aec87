-- Claim the oldest alert that is due and can be sent to one of the ready receivers, or that all receivers have accepted; no
-- row if there is none. A receiver gets an alert after the earlier ones about the same check, so that no recovery precedes its
-- failure; it does not wait for other receivers.
with due as (
    select a.alert_id, next.receivers
    from quality.alert as a
    cross join lateral (
        select
            array(
                select r.name
                from unnest(cast(:ready as text[])) as r (name)
                where
                    r.name <> all(a.delivered)
                    and not exists (
                        select
                        from quality.alert as e
                        where
                            e.state = 'pending'
                            and e.alert_id < a.alert_id
                            and (e.check_name, e.source, e.item) = (a.check_name, a.source, a.item)
                            and r.name <> all(e.delivered)
                    )
            ) as receivers
    ) as next
    where
        a.state = 'pending'
        and a.next_attempt_at <= clock_timestamp()
        and (a.delivered @> cast(:receivers as text[]) or next.receivers <> '{}')
    order by a.alert_id
    limit 1
    for update of a skip locked
)
update quality.alert as a
set
    attempts = a.attempts + 1,
    next_attempt_at = clock_timestamp() + make_interval(secs => :seconds)
from due
where a.alert_id = due.alert_id
returning a.alert_id, a.check_name, a.source, a.item, a.kind, a.message, a.attempts, a.delivered, due.receivers
