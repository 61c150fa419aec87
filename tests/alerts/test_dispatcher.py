"""Alerts on a real receiver: delivery, failures, order, and secrets that are not shown."""

import json
import logging
from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from app.alerts.dispatcher import AlertDispatcher, AlertTimings, alerting
from app.alerts.queue import AlertPolicy
from app.alerts.receivers import Receiver, open_receivers
from app.errors import Misconfigured
from tests.alerts.conftest import receivers
from tests.loading import change, query, until
from tests.receiver import NEVER
from tests.receiver import Receiver as Service

QUEUED = """
    insert into quality.alert (check_name, source, kind, message)
    values ('freshness', 'sales', 'failed', 'no file'), ('freshness', 'sales', 'recovered', 'every file')
"""
AT_ONCE = AlertTimings(
    idle_seconds=0.1, attempt_seconds=10.0, pause_seconds=0.0, policy=AlertPolicy(delay_seconds=(0.0, 0.0))
)
IMPATIENT = replace(AT_ONCE, attempt_seconds=0.5)


def send_due(engine: Engine, receivers: list[Receiver], timings: AlertTimings) -> bool:
    return AlertDispatcher(engine, receivers, timings).send_due()


def states(engine: Engine) -> list[tuple[str, int]]:
    rows = query(engine, "select state, attempts from quality.alert order by alert_id")
    return [(state, attempts) for state, attempts in rows]


def titles(service: Service) -> list[str]:
    return [json.loads(each.body)["title"] for each in service.received]


def test_alerts_are_sent_in_their_order(engine: Engine, service: Service) -> None:
    change(engine, QUEUED)
    with alerting(engine, receivers(service), AT_ONCE):
        until(lambda: states(engine) == [("sent", 1), ("sent", 1)])
    assert titles(service) == [
        "sales freshness: quality check failed",
        "sales freshness: quality check recovered",
    ]


def test_a_failing_receiver_is_retried_and_the_other_is_not_told_again(
    engine: Engine, service: Service, other: Service
) -> None:
    change(engine, QUEUED)
    service.answers.append(500)
    sent = receivers(service, other)
    assert [send_due(engine, sent, AT_ONCE) for _ in range(4)] == [True, True, True, False]
    assert states(engine) == [("sent", 2), ("sent", 1)]
    assert (len(service.received), len(other.received)) == (3, 2)


def test_a_recovery_waits_for_its_failure(engine: Engine, service: Service) -> None:
    change(engine, QUEUED)
    service.otherwise = 500
    send_due(engine, receivers(service), AlertTimings(policy=AlertPolicy(delay_seconds=(600.0,))))
    assert send_due(engine, receivers(service), AT_ONCE) is False


def test_a_receiver_that_keeps_failing_is_given_up(engine: Engine, service: Service) -> None:
    change(engine, QUEUED, "delete from quality.alert where kind = 'recovered'")
    service.otherwise = 500
    while send_due(engine, receivers(service), AT_ONCE):
        pass
    assert states(engine) == [("exhausted", 3)]
    assert query(engine, "select error from quality.alert") == [("receiver 1 json did not accept the alert",)]


def test_a_receiver_that_does_not_answer_ends_an_attempt(engine: Engine, service: Service) -> None:
    change(engine, QUEUED, "delete from quality.alert where kind = 'recovered'")
    service.otherwise = NEVER
    send_due(engine, receivers(service), IMPATIENT)
    assert query(engine, "select error from quality.alert") == [("receiver 1 json did not answer within 0.5 s",)]


def test_addresses_are_neither_logged_nor_stored(
    engine: Engine, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    change(engine, QUEUED)
    service.otherwise = 500
    with caplog.at_level(logging.DEBUG):
        send_due(engine, receivers(service), AT_ONCE)
    stored = query(engine, "select * from quality.alert")
    shown = " ".join(map(str, (caplog.text, stored, receivers(service))))
    assert [part for part in ("secret", "token", "127.0.0.1", str(service.port)) if part in shown] == []


def test_an_unknown_address_is_refused_without_showing_it() -> None:
    with pytest.raises(Misconfigured, match="does not know address 2 of the list") as refused:
        open_receivers(SecretStr("json://127.0.0.1/ nosuchservice://secret"))
    assert "secret" not in str(refused.value)


def test_without_addresses_there_is_no_receiver() -> None:
    assert open_receivers(None) == []
