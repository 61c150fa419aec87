"""Alerts with several receivers or workers: none waits for another, and none gets an alert twice."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pydantic import SecretStr
from sqlalchemy import Engine

from app.alerts.dispatcher import AlertDispatcher, AlertTimings
from app.alerts.queue import AlertPolicy, claim, record_delivery
from app.alerts.receivers import Receiver, open_receivers
from tests.alerts.conftest import receivers
from tests.loading import change, query
from tests.receiver import NEVER, PAIR
from tests.receiver import Receiver as Service

QUEUED = "insert into quality.alert (check_name, source, kind, message) values ('freshness', 'sales', '{}', 'found')"
OTHERS = """
    insert into quality.alert (check_name, source, item, kind, message)
    select 'blank_share', 'sales', 'column ' || n, 'failed', 'found' from generate_series(1, 4) as n
"""
FAILED, RECOVERED = QUEUED.format("failed"), QUEUED.format("recovered")
AT_ONCE = AlertTimings(attempt_seconds=10.0, pause_seconds=0.0, policy=AlertPolicy(delay_seconds=(0.0, 0.0)))
EXPIRED = AlertPolicy(claim_seconds=0.0)


def send_all(engine: Engine, to: list[Receiver], timings: AlertTimings = AT_ONCE) -> None:
    dispatcher = AlertDispatcher(engine, to, timings)
    while dispatcher.send_due():
        pass


def states(engine: Engine) -> list[str]:
    return [state for (state,) in query(engine, "select state from quality.alert order by alert_id")]


def kinds(service: Service) -> list[str]:
    return [json.loads(each.body)["title"].rpartition(" ")[2] for each in service.received]


# --- receivers


def test_a_recovery_waits_only_for_the_receiver_that_has_not_got_the_failure(
    engine: Engine, service: Service, other: Service
) -> None:
    change(engine, FAILED, RECOVERED)
    service.otherwise = 500
    send_all(engine, receivers(service, other), replace(AT_ONCE, policy=AlertPolicy(delay_seconds=(600.0,))))
    assert (kinds(service), kinds(other)) == (["failed"], ["failed", "recovered"])


def test_a_receiver_that_answers_again_gets_the_failure_and_then_the_recovery(
    engine: Engine, service: Service, other: Service
) -> None:
    change(engine, FAILED, RECOVERED)
    service.answers.append(500)
    send_all(engine, receivers(service, other))
    assert kinds(service) == ["failed", "failed", "recovered"]
    assert (kinds(other), states(engine)) == (["failed", "recovered"], ["sent", "sent"])


def test_receivers_are_called_at_the_same_time(engine: Engine, service: Service, other: Service) -> None:
    change(engine, FAILED)
    other.pair = service.pair
    service.answers.append(PAIR)
    other.answers.append(PAIR)
    send_all(engine, receivers(service, other))
    assert states(engine) == ["sent"]


def test_a_receiver_that_hangs_delays_only_the_first_of_several_alerts(
    engine: Engine, service: Service, other: Service
) -> None:
    change(engine, OTHERS)
    service.otherwise = NEVER
    send_all(engine, receivers(service, other), AlertTimings(attempt_seconds=0.3))
    assert (len(service.received), len(other.received)) == (1, 4)


def test_a_paused_receiver_uses_up_no_attempt(engine: Engine, service: Service) -> None:
    change(engine, OTHERS)
    service.otherwise = 500
    send_all(engine, receivers(service), AlertTimings())
    assert query(engine, "select sum(attempts) from quality.alert") == [(1,)]


def test_an_alert_does_not_wait_for_a_receiver_that_was_removed(
    engine: Engine, service: Service, other: Service
) -> None:
    change(engine, FAILED)
    service.otherwise = 500
    AlertDispatcher(engine, receivers(service, other), AT_ONCE).send_due()
    send_all(engine, receivers(other))
    assert (states(engine), kinds(other)) == (["sent"], ["failed"])


def test_an_added_receiver_gets_what_waits(engine: Engine, service: Service, other: Service) -> None:
    change(engine, FAILED)
    service.answers.append(500)
    AlertDispatcher(engine, receivers(service), AT_ONCE).send_due()
    send_all(engine, receivers(other, service))
    assert (kinds(service), kinds(other)) == (["failed", "failed"], ["failed"])


def test_an_address_that_is_listed_twice_is_called_once(engine: Engine, service: Service) -> None:
    change(engine, FAILED)
    send_all(engine, receivers(service, service))
    assert kinds(service) == ["failed"]


def test_the_key_of_a_receiver_does_not_show_its_address() -> None:
    (receiver,) = open_receivers(SecretStr("json://user:secret@127.0.0.1/token"))
    kind, digest = receiver.key.split(" ")
    assert (kind, len(digest)) == ("json", 12)


def test_an_old_alert_is_not_sent(engine: Engine, service: Service) -> None:
    change(engine, FAILED, "update quality.alert set created_at = now() - interval '8 days'", RECOVERED)
    send_all(engine, receivers(service))
    assert (states(engine), kinds(service)) == (["exhausted", "sent"], ["recovered"])


# --- workers


def test_two_workers_send_each_alert_once(engine: Engine, service: Service) -> None:
    change(engine, OTHERS, FAILED, RECOVERED)
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(lambda _: send_all(engine, receivers(service)), range(2)))
    assert len(service.received) == 6


def test_a_worker_whose_claim_expired_does_not_undo_what_another_recorded(engine: Engine) -> None:
    change(engine, FAILED)
    first, second = claim(engine, ["a"], ["a"], EXPIRED), claim(engine, ["a"], ["a"])
    assert first is not None
    assert second is not None
    record_delivery(engine, second, ["a"], [], ["a"])
    record_delivery(engine, first, [], ["error"], ["a"])
    assert query(engine, "select state, delivered from quality.alert") == [("sent", ["a"])]


def test_receivers_of_two_workers_are_both_recorded(engine: Engine) -> None:
    change(engine, FAILED)
    first, second = claim(engine, ["a", "b"], ["a"], EXPIRED), claim(engine, ["a", "b"], ["b"])
    assert first is not None
    assert second is not None
    record_delivery(engine, second, ["b"], [], ["a", "b"])
    record_delivery(engine, first, ["a"], [], ["a", "b"])
    assert query(engine, "select delivered from quality.alert") == [(["b", "a"],)]


def test_a_claimed_alert_is_not_claimed_again(engine: Engine) -> None:
    change(engine, FAILED)
    assert [claim(engine, ["a"], ["a"]) is None for _ in range(2)] == [False, True]
