"""The loop beside the jobs: it wakes, goes on, leaves the others alone, and stops."""

import logging
import time
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url

from app.jobs.context import Context
from app.jobs.lease import LEADER, held
from app.settings import Settings
from app.webhooks import delivery_queue, dispatcher, sender
from app.webhooks.dispatcher import delivering
from app.webhooks.endpoints import send_test
from tests.loading import change, query, until
from tests.receiver import NEVER, PAIR, Receiver
from tests.webhooks.sending import endpoint, rows, seen, tell
from tests.working import quick, wait_for_runs, working

__all__ = ["quick"]

LOOPBACK = Settings(webhook_allow_private="127.0.0.0/8")
OTHERS = "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}' and pid <> pg_backend_pid()"
LISTENING = "select from pg_stat_activity where query = 'listen regulars_webhooks' and datname = current_database()"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing happens by waiting: whoever is late was not woken."""
    monkeypatch.setattr(dispatcher, "IDLE_SECONDS", 600.0)
    monkeypatch.setattr(dispatcher, "RETRY_SECONDS", 0.1)


def states(engine: Engine) -> list[str]:
    return [row[0] for row in rows(engine)]


def is_listening(engine: Engine) -> bool:
    return query(engine, LISTENING) != []


def test_what_happens_is_told_at_once(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    with delivering(engine, LOOPBACK):
        until(lambda: is_listening(engine))
        tell(engine)
        assert until(lambda: states(engine) == ["delivered"])


def test_what_happened_before_is_told_too(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    tell(engine)
    with delivering(engine, LOOPBACK):
        assert until(lambda: states(engine) == ["delivered"])


def test_a_backlog_goes_out_two_at_a_time(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    receiver.otherwise = PAIR
    tell(engine, *map(str, range(40)))
    with delivering(engine, LOOPBACK):
        assert until(lambda: states(engine) == ["delivered"] * 40)
    assert len(set(receiver.ids)) == len(receiver.ids) == 40
    assert receiver.most_at_once == 2


def test_what_failed_goes_again_when_it_is_time(
    engine: Engine, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_queue, "DELAYS", (0.2,) * 9)
    endpoint(engine, receiver.url)
    receiver.answers.extend([500, 500])
    tell(engine)
    with delivering(engine, LOOPBACK):
        assert until(lambda: states(engine) == ["delivered"])
    assert rows(engine)[0][1] == 3


def test_a_dead_receiver_harms_nobody_else(engine: Engine, receiver: Receiver, other: Receiver) -> None:
    endpoint(engine, receiver.url)
    receiver.otherwise = NEVER
    tell(engine, *["dead"] * 10)
    endpoint(engine, other.url)
    with delivering(engine, LOOPBACK):
        until(lambda: len(receiver.received) == 2)
        tell(engine, *map(str, range(10)))
        begun = time.monotonic()
        until(lambda: len(other.received) == 10)
        assert time.monotonic() - begun < sender.ANSWER_SECONDS / 2
    assert len(receiver.received) == 2


def test_what_cannot_be_sent_for_a_fault_of_ours_stops_nothing(
    engine: Engine, receiver: Receiver, other: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint(engine, receiver.url)
    change(engine, "update webhooks.webhook_secret set secret = 'whsec_'")
    endpoint(engine, other.url)
    tell(engine)
    with delivering(engine, LOOPBACK):
        until(lambda: sorted(states(engine)) == ["delivered", "pending"] and rows(engine)[0][4] is not None)
    assert rows(engine)[0][4] == "not sent: an error of this program; its log says more"


def test_it_stops_in_a_moment_and_gives_back_what_was_under_way(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    receiver.otherwise = NEVER
    tell(engine)
    with delivering(engine, LOOPBACK):
        until(lambda: len(receiver.received) == 1)
        begun = time.monotonic()
    assert time.monotonic() - begun < 3
    assert query(engine, "select state, attempts, claim from webhooks.webhook_delivery") == [("pending", 0, None)]


def test_it_stops_before_it_began(engine: Engine) -> None:
    with delivering(engine, LOOPBACK):
        begun = time.monotonic()
    assert time.monotonic() - begun < 3


def test_two_deliver_everything_once(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    with delivering(engine, LOOPBACK), delivering(engine, LOOPBACK):
        tell(engine, *map(str, range(30)))
        assert until(lambda: states(engine) == ["delivered"] * 30)
    assert len(set(receiver.ids)) == len(receiver.ids) == 30
    assert receiver.most_at_once <= 2


def test_it_goes_on_when_its_connections_were_cut(engine: Engine, receiver: Receiver) -> None:
    endpoint(engine, receiver.url)
    with delivering(engine, LOOPBACK):
        until(lambda: is_listening(engine))
        change(engine, OTHERS.format(make_url(str(engine.url)).database))
        until(lambda: is_listening(engine))
        tell(engine)
        assert until(lambda: states(engine) == ["delivered"])


def test_it_waits_for_a_database_that_is_away(
    engine: Engine, postgres: str, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint(engine, receiver.url)
    tell(engine)
    server = create_engine(make_url(postgres), isolation_level="AUTOCOMMIT")
    allow = f'alter database "{engine.url.database}" allow_connections '
    engine.dispose()
    with server.connect() as connection:
        connection.exec_driver_sql(allow + "false")
        with delivering(engine, LOOPBACK):
            assert until(lambda: "webhooks wait" in caplog.text)
            connection.exec_driver_sql(allow + "true")
            assert until(lambda: states(engine) == ["delivered"])
    server.dispose()


def test_addresses_and_secrets_are_in_no_log(
    engine: Engine, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    secret = endpoint(engine, receiver.url + "&token=hidden").secret
    receiver.answers.append(500)
    with caplog.at_level(logging.INFO, "regulars"), delivering(engine, LOOPBACK):
        tell(engine)
        until(lambda: len(receiver.received) == 1)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("regulars")]
    assert not any("hidden" in said or secret in said for said in ours)


def test_a_worker_delivers_beside_its_jobs(context: Context, receiver: Receiver) -> None:
    made = endpoint(context.engine, receiver.url)
    with working(context, webhook_allow_private="127.0.0.0/8"):
        wait_for_runs(context, ("ingest", "clock", "succeeded"))
        send_test(context.engine, made.endpoint_id)
        until(lambda: len(receiver.received) == 2)
    told = {content["type"]: content["data"] for content in _contents(receiver, made.secret)}
    assert told["webhook.test"] == {"endpoint_id": str(made.endpoint_id)}
    assert (told["run.completed"]["job"], told["run.completed"]["state"]) == ("ingest", "succeeded")


def test_a_worker_that_waits_to_lead_delivers_too(context: Context, receiver: Receiver) -> None:
    made = endpoint(context.engine, receiver.url, events=["quality.failed"])
    with held(context.engine, LEADER, "led"), working(context, webhook_allow_private="127.0.0.0/8"):
        tell(context.engine, "told")
        until(lambda: seen(receiver) == ["told"])
    assert _contents(receiver, made.secret)[0]["data"]["check"] == "gate"


def _contents(receiver: Receiver, secret: str) -> list[Any]:
    return [each.verified(secret) for each in receiver.received]
