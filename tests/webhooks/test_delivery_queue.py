"""The queue of deliveries: claims, outcomes, delays."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import Engine

from app.webhooks import delivery_queue
from app.webhooks.delivery_queue import DeliveryPolicy
from app.webhooks.endpoints import change as change_endpoint
from app.webhooks.endpoints import rotate
from app.webhooks.outbox import WEBHOOKS_CHANNEL
from tests.loading import change, query
from tests.receiver import Receiver
from tests.webhooks.sending import deliver, emit, endpoint, later, post, rows, seen

POLICY = DeliveryPolicy()
STATE = "select state, state_reason, failing_since is not null from webhooks.webhook_endpoint"
NEXT = "select next_attempt_at from webhooks.webhook_delivery"


def at(engine: Engine) -> datetime:
    moment: datetime = query(engine, NEXT)[0][0]
    return moment


# --- outcomes


def test_a_delivered_event_is_not_sent_again(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    assert [deliver(engine), deliver(engine), deliver(engine, later(days=9))] == [1, 0, 0]
    assert rows(engine) == [("delivered", 1, 200, "thanks\N{REPLACEMENT CHARACTER}", None)]


def test_it_is_signed_with_the_secret_that_was_shown(engine: Engine, receiver: Receiver) -> None:
    secret = endpoint(engine, receiver.url).secret
    emit(engine, "too bad")
    deliver(engine)
    assert receiver.received[0].verified(secret)["data"]["reason"] == "too bad"


def test_while_a_secret_rotates_both_sign(engine: Engine, receiver: Receiver) -> None:
    old = endpoint(engine, receiver.url)
    with engine.begin() as connection:
        new = rotate(connection, old.endpoint_id)
    emit(engine)
    deliver(engine)
    assert new is not None
    assert receiver.received[0].verified(old.secret) == receiver.received[0].verified(new.secret)


def test_an_expired_secret_does_not_sign(engine: Engine, receiver: Receiver) -> None:
    old = endpoint(engine, receiver.url)
    with engine.begin() as connection:
        rotate(connection, old.endpoint_id)
    change(engine, "update webhooks.webhook_secret set expires_at = now() where expires_at is not null")
    emit(engine)
    deliver(engine)
    assert len(receiver.received[0].headers["webhook-signature"].split()) == 1


def test_a_failing_delivery_is_retried_for_three_days(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    receiver.otherwise = 500
    begun, waits = datetime.now(UTC) + timedelta(seconds=1), []
    now = begun
    while deliver(engine, now) and rows(engine)[0][0] == "pending":
        waits.append((at(engine) - now).total_seconds())
        now = at(engine)
    assert [round(wait / delay, 0) for wait, delay in zip(waits, POLICY.delay_seconds, strict=True)] == [1] * 9
    assert timedelta(days=2.7) < now - begun < timedelta(days=3.6)
    assert rows(engine)[0][:3] == ("exhausted", 10, 500)


def test_every_attempt_is_the_same_event(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    receiver.answers.append(500)
    deliver(engine)
    deliver(engine, later(minutes=1))
    assert len(receiver.ids) == 2
    assert len({(each.headers["webhook-id"], each.body) for each in receiver.received}) == 1
    assert rows(engine)[0][:3] == ("delivered", 2, 200)


def test_it_is_not_sent_before_its_time(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    receiver.answers.append(500)
    deliver(engine)
    assert deliver(engine, at(engine) - timedelta(milliseconds=1)) == 0


@pytest.mark.parametrize(("retry_after", "seconds"), [("3600", 3_600.0), ("1", 5.0)], ids=["later", "sooner"])
def test_it_waits_as_long_as_the_receiver_demands(
    engine: Engine, receiver: Receiver, retry_after: str, seconds: float
) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    receiver.answers.append(429)
    receiver.retry_after = retry_after
    deliver(engine, now := datetime.now(UTC) + timedelta(seconds=1))
    assert (at(engine) - now).total_seconds() == pytest.approx(seconds, rel=0.11)


def test_failing_since_is_set_until_a_success(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    receiver.answers.append(500)
    deliver(engine)
    assert query(engine, STATE) == [("active", None, True)]
    deliver(engine, later(minutes=1))
    assert query(engine, STATE) == [("active", None, False)]


def test_a_410_stops_an_endpoint(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    receiver.answers.append(410)
    deliver(engine)
    assert query(engine, STATE) == [("gone", "the receiver answered 410 Gone", True)]
    emit(engine)
    assert deliver(engine, later(days=9)) == 0
    assert [row[0] for row in rows(engine)] == ["failed"]


@pytest.mark.parametrize(("days", "state"), [(4, "active"), (6, "disabled")])
def test_an_endpoint_that_fails_for_five_days_is_disabled(
    engine: Engine, receiver: Receiver, days: int, state: str
) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    change(
        engine,
        f"update webhooks.webhook_endpoint set failing_since = now() - interval '{days} days'",  # noqa: S608
        "update webhooks.webhook_delivery set attempts = 9",
    )
    receiver.answers.append(500)
    deliver(engine)
    assert query(engine, STATE)[0][0] == state


def test_pending_deliveries_of_a_disabled_endpoint_wait_until_it_is_active(engine: Engine, receiver: Receiver) -> None:
    made = endpoint(engine, receiver.url)
    emit(engine)
    change_endpoint(engine, made.endpoint_id, {"state": "disabled"})
    assert deliver(engine, later(hours=1)) == 0
    change_endpoint(engine, made.endpoint_id, {"state": "active"})
    assert deliver(engine, later(hours=1)) == 1


def test_workers_are_notified_of_an_endpoint_that_is_made_active(
    engine: Engine, database_url: str, receiver: Receiver
) -> None:
    made = endpoint(engine, receiver.url)
    change_endpoint(engine, made.endpoint_id, {"state": "disabled"})
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as listening:
        listening.execute(f"listen {WEBHOOKS_CHANNEL}")
        change_endpoint(engine, made.endpoint_id, {"state": "active"})
        assert len(list(listening.notifies(timeout=10, stop_after=1))) == 1


# --- claims


def test_two_deliveries_of_an_endpoint_are_claimed_at_a_time(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine, "1", "2", "3")
    first = delivery_queue.claim(engine)
    assert [len(first), len(delivery_queue.claim(engine))] == [2, 0]
    delivery_queue.record_outcome(engine, first[0], post(first[0])[0])
    assert len(delivery_queue.claim(engine)) == 1


def test_the_longest_due_go_first(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine, "1", "2", "3", "4", "5")
    while deliver(engine):
        pass
    assert [sorted(seen(receiver)[:2]), sorted(seen(receiver)[2:4])] == [["1", "2"], ["3", "4"]]


def test_a_backlog_of_an_endpoint_delays_no_other(engine: Engine, receiver: Receiver, other: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine, *map(str, range(20)))
    endpoint(engine, other.url)
    emit(engine, "late")
    deliver(engine)
    assert "late" in seen(other)


def test_claims_at_once_share_the_limit(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine, *map(str, range(9)))
    with ThreadPoolExecutor(4) as pool:
        claimed = [each for some in pool.map(lambda _: delivery_queue.claim(engine), range(8)) for each in some]
    assert len({each.delivery_id for each in claimed}) == len(claimed) == 2


def test_a_delivery_of_a_killed_worker_is_sent_again_as_the_same_event(engine: Engine, receiver: Receiver) -> None:
    """The worker was killed between the response and the record of it."""
    endpoint(engine, receiver.url)
    emit(engine)
    post(delivery_queue.claim(engine))
    assert deliver(engine, later(seconds=POLICY.claim_seconds - 5)) == 0
    assert deliver(engine, later(seconds=POLICY.claim_seconds + 5)) == 1
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1
    assert rows(engine)[0][:2] == ("delivered", 2)


def test_an_outcome_after_the_claim_expired_changes_nothing(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    (slept,) = delivery_queue.claim(engine)
    deliver(engine, later(minutes=5))
    receiver.answers.append(500)
    delivery_queue.record_outcome(engine, slept, post(slept)[0])
    assert rows(engine)[0][:3] == ("delivered", 2, 200)


def test_an_interrupted_attempt_does_not_count(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    delivery_queue.release(engine, delivery_queue.claim(engine))
    assert rows(engine)[0][:2] == ("pending", 0)
    assert deliver(engine) == 1


# --- times


def test_without_deliveries_there_is_no_time_to_wait(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    assert delivery_queue.seconds_to_wait(engine) is None


def test_the_next_attempt_is_waited_for(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    receiver.answers.append(500)
    deliver(engine)
    wait = delivery_queue.seconds_to_wait(engine)
    assert wait is not None
    assert 3 < wait < 6


def test_a_claim_is_waited_for_until_it_expires(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    delivery_queue.claim(engine)
    assert delivery_queue.seconds_to_wait(engine) == pytest.approx(POLICY.claim_seconds, abs=5)


def test_events_are_deleted_after_the_retention_period(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    deliver(engine)
    delivery_queue.sweep(engine, 30, later(days=29))
    assert len(rows(engine)) == 1
    delivery_queue.sweep(engine, 30, later(days=31))
    assert query(engine, "select count(*) from webhooks.webhook_event") == [(0,)]
    assert rows(engine) == []


def test_the_delay_has_jitter() -> None:
    delays = {POLICY.delay_after(2) for _ in range(50)}
    assert len(delays) > 1
    assert all(270 <= delay <= 330 for delay in delays)


@pytest.mark.parametrize(("days", "is_due"), [(1, False), (900, True)])
def test_a_delivery_that_a_wrong_clock_scheduled_is_due_after_the_next_sweep(
    engine: Engine, receiver: Receiver, days: int, is_due: bool, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    change(engine, f"update webhooks.webhook_delivery set next_attempt_at = now() + interval '{days} days'")  # noqa: S608
    delivery_queue.sweep(engine, 30)
    assert deliver(engine) == is_due
    assert ("1 deliveries were scheduled too far ahead" in caplog.text) == is_due
