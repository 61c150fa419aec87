"""The dispatcher: wakes, retries, isolates endpoints from each other, stops."""

import logging
import time
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url

from app.jobs.context import Context
from app.jobs.lease import LEADER, held
from app.settings import Settings
from app.webhooks.delivery_queue import DeliveryPolicy
from app.webhooks.dispatcher import delivering
from app.webhooks.endpoints import send_test
from tests.loading import change, query, until
from tests.receiver import NEVER, PAIR, Receiver
from tests.webhooks.sending import emit, endpoint, rows, seen
from tests.working import PATIENT, wait_for_runs, working

LOOPBACK = Settings(webhook_allow_private="127.0.0.0/8")
RETRIES = replace(PATIENT, delivery=DeliveryPolicy(delay_seconds=(0.2,) * 9))
OTHERS = "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}' and pid <> pg_backend_pid()"
LISTENING = "select from pg_stat_activity where query = 'listen regulars_webhooks' and datname = current_database()"


def states(engine: Engine) -> list[str]:
    return [row[0] for row in rows(engine)]


def is_listening(engine: Engine) -> bool:
    return query(engine, LISTENING) != []


def test_an_event_is_delivered_at_once(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    with delivering(engine, LOOPBACK, PATIENT):
        until(lambda: is_listening(engine))
        emit(engine)
        assert until(lambda: states(engine) == ["delivered"])


def test_an_event_from_before_the_start_is_delivered(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    with delivering(engine, LOOPBACK, PATIENT):
        assert until(lambda: states(engine) == ["delivered"])


def test_a_backlog_is_delivered_two_at_a_time(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    receiver.otherwise = PAIR
    emit(engine, *map(str, range(40)))
    with delivering(engine, LOOPBACK, PATIENT):
        assert until(lambda: states(engine) == ["delivered"] * 40)
    assert len(set(receiver.ids)) == len(receiver.ids) == 40
    assert receiver.most_at_once == 2


def test_a_failed_delivery_is_sent_again_at_its_time(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    receiver.answers.extend([500, 500])
    emit(engine)
    with delivering(engine, LOOPBACK, RETRIES):
        assert until(lambda: states(engine) == ["delivered"])
    assert rows(engine)[0][1] == 3


def test_a_dead_receiver_delays_no_other(engine: Engine, receiver: Receiver, other: Receiver) -> None:
    endpoint(engine, receiver.url)
    receiver.otherwise = NEVER
    emit(engine, *["dead"] * 10)
    endpoint(engine, other.url)
    with delivering(engine, LOOPBACK, PATIENT):
        until(lambda: len(receiver.received) == 2)
        emit(engine, *map(str, range(10)))
        begun = time.monotonic()
        until(lambda: len(other.received) == 10)
        assert time.monotonic() - begun < PATIENT.sender.answer_seconds / 2
    assert len(receiver.received) == 2


def test_an_internal_error_stops_no_other_delivery(
    engine: Engine, receiver: Receiver, other: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint(engine, receiver.url)
    change(engine, "update webhooks.webhook_secret set secret = 'whsec_'")
    endpoint(engine, other.url)
    emit(engine)
    with delivering(engine, LOOPBACK, PATIENT):
        until(lambda: sorted(states(engine)) == ["delivered", "pending"] and rows(engine)[0][4] is not None)
    assert rows(engine)[0][4] == "not sent: an internal error; see the worker's log"


def test_a_stop_releases_the_attempts_in_progress(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    receiver.otherwise = NEVER
    emit(engine)
    with delivering(engine, LOOPBACK, PATIENT):
        until(lambda: len(receiver.received) == 1)
        begun = time.monotonic()
    assert time.monotonic() - begun < 3
    assert query(engine, "select state, attempts, claim from webhooks.webhook_delivery") == [("pending", 0, None)]


def test_a_stop_at_the_start_is_quick(engine: Engine) -> None:
    with delivering(engine, LOOPBACK, PATIENT):
        begun = time.monotonic()
    assert time.monotonic() - begun < 3


def test_two_dispatchers_deliver_everything_once(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    with delivering(engine, LOOPBACK, PATIENT), delivering(engine, LOOPBACK, PATIENT):
        emit(engine, *map(str, range(30)))
        assert until(lambda: states(engine) == ["delivered"] * 30)
    assert len(set(receiver.ids)) == len(receiver.ids) == 30
    assert receiver.most_at_once <= 2


def test_it_continues_after_its_connections_were_cut(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    with delivering(engine, LOOPBACK, PATIENT):
        until(lambda: is_listening(engine))
        change(engine, OTHERS.format(make_url(str(engine.url)).database))
        until(lambda: is_listening(engine))
        emit(engine)
        assert until(lambda: states(engine) == ["delivered"])


def test_it_waits_for_a_database_that_is_away(
    engine: Engine, postgres: str, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint(engine, receiver.url)
    emit(engine)
    server = create_engine(make_url(postgres), isolation_level="AUTOCOMMIT")
    allow = f'alter database "{engine.url.database}" allow_connections '
    engine.dispose()
    with server.connect() as connection:
        connection.exec_driver_sql(allow + "false")
        with delivering(engine, LOOPBACK, PATIENT):
            assert until(lambda: "deliveries paused" in caplog.text)
            connection.exec_driver_sql(allow + "true")
            assert until(lambda: states(engine) == ["delivered"])
    server.dispose()


def test_urls_and_secrets_are_in_no_log(engine: Engine, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    secret = endpoint(engine, receiver.url + "&token=hidden").secret
    receiver.answers.append(500)
    with caplog.at_level(logging.INFO), delivering(engine, LOOPBACK, PATIENT):
        emit(engine)
        until(lambda: len(receiver.received) == 1 and rows(engine)[0][1] == 1)
    assert "hidden" not in caplog.text
    assert secret not in caplog.text


def test_the_log_of_an_internal_error_has_no_secret(
    engine: Engine, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint(engine, receiver.url)
    change(engine, "update webhooks.webhook_secret set secret = 'whsec_hidden'")
    change(engine, "update webhooks.webhook_endpoint set url = replace(url, '127.0.0.1', 'user:hidden@127.0.0.1')")
    emit(engine)
    with caplog.at_level(logging.INFO), delivering(engine, LOOPBACK, PATIENT):
        until(lambda: rows(engine)[0][4] is not None)
    assert "hidden" not in caplog.text + str(rows(engine))


def test_a_worker_delivers_beside_its_jobs(context: Context, receiver: Receiver) -> None:
    made = endpoint(context.engine, receiver.url)
    with working(context, webhook_allow_private="127.0.0.0/8"):
        wait_for_runs(context, ("ingest", "clock", "succeeded"))
        with context.engine.begin() as connection:
            send_test(connection, made.endpoint_id)
        expected = {"webhook.test", ("ingest", "succeeded")}
        assert until(lambda: {*map(_label, _contents(receiver, made.secret))} >= expected)


def test_a_worker_that_waits_to_lead_delivers_too(context: Context, receiver: Receiver) -> None:
    made = endpoint(context.engine, receiver.url, events=["quality.failed"])
    with held(context.engine, LEADER, "led"), working(context, webhook_allow_private="127.0.0.0/8"):
        emit(context.engine, "gate")
        until(lambda: seen(receiver) == ["gate"])
    assert _contents(receiver, made.secret)[0]["data"]["check"] == "gate"


def _contents(receiver: Receiver, secret: str) -> list[Any]:
    return [each.verified(secret) for each in receiver.received]


def _label(event: Any) -> str | tuple[str, str]:
    """Return the job and state of an event of a run, the type of any other."""
    data = event["data"]
    return (data["job"], data["state"]) if event["type"] == "run.completed" else str(event["type"])
