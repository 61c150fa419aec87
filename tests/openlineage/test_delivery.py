"""Delivery of events: a receiver that fails or hangs delays no run, and loses no event."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from app.errors import Misconfigured
from app.jobs.context import Context
from app.jobs.runs import running
from app.openlineage.delivery import emitting_lineage
from app.openlineage.emitter import Emitter
from app.openlineage.outbox import LineageBacklog, read_backlog
from tests.loading import change, query, sale, until
from tests.openlineage.conftest import QUICK, read_file, with_lineage
from tests.openlineage.schemas import errors_of
from tests.receiver import DRIP, DROP, NEVER, Receiver
from tests.working import QUICK as QUICK_WORKER
from tests.working import request_run, wait_for, working

Put = Callable[..., Path]


def to(receiver: Receiver) -> dict[str, str]:
    return {"openlineage_url": f"http://127.0.0.1:{receiver.port}"}


@contextmanager
def emitting(context: Context, **given: Any) -> Iterator[None]:
    """Send events during the context, from a database in which they are switched on."""
    with emitting_lineage(context.engine, with_lineage(context, **given), lambda: True, QUICK):
        until(lambda: read_state(context) is not None)
        yield


def read_state(context: Context) -> LineageBacklog | None:
    with context.engine.connect() as connection:
        return read_backlog(connection)


def idle_run(context: Context) -> None:
    with running(context.engine, "ingest"):
        pass


def types(receiver: Receiver) -> list[str]:
    return [json.loads(each.body)["eventType"] for each in receiver.received]


def is_sent(context: Context) -> bool:
    return query(context.engine, "select count(sent_at) from pipeline.openlineage_event") == [(2,)]


def test_a_worker_posts_events_that_meet_the_schemas(context: Context, put: Put, receiver: Receiver) -> None:
    put(sale())
    with working(context, replace(QUICK_WORKER, lineage=QUICK), **to(receiver)):
        wait_for(context, request_run(context))
        until(lambda: "COMPLETE" in types(receiver))
    assert {request.path for request in receiver.received} == {"/api/v1/lineage"}
    assert [error for request in receiver.received for error in errors_of(json.loads(request.body))] == []


def test_the_key_is_a_bearer_token(context: Context, receiver: Receiver) -> None:
    with emitting(context, **to(receiver), openlineage_api_key="secret"):
        idle_run(context)
        until(lambda: len(receiver.received) == 2)
    assert receiver.received[0].headers["authorization"] == "Bearer secret"


def test_a_file_has_a_line_for_each_event(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with emitting(context, openlineage_file=path):
        idle_run(context)
        until(lambda: len(read_file(path)) == 2)
    assert [error for event in read_file(path) for error in errors_of(event)] == []


def test_without_a_receiver_nothing_is_recorded(context: Context) -> None:
    with emitting_lineage(context.engine, context.settings, lambda: True, QUICK):
        idle_run(context)
    assert read_state(context) is None


def test_runs_before_events_were_switched_on_have_none(context: Context, receiver: Receiver) -> None:
    idle_run(context)
    with emitting(context, **to(receiver)):
        idle_run(context)
        until(lambda: len(receiver.received) == 2)
    assert query(context.engine, "select count(distinct run_id) from pipeline.openlineage_event") == [(1,)]


@pytest.mark.parametrize("answer", [500, 401, DROP, NEVER, DRIP])
def test_a_receiver_that_fails_delays_no_run_and_loses_no_event(
    context: Context, receiver: Receiver, answer: int | str
) -> None:
    receiver.otherwise = answer
    with emitting(context, **to(receiver)):
        before = monotonic()
        idle_run(context)
        assert monotonic() - before < 2
        until(lambda: (state := read_state(context)) is not None and state.waiting == 2 and bool(receiver.received))
    with emitting(context, openlineage_file="/dev/null"):
        until(lambda: is_sent(context))


def test_an_event_that_waits_for_a_month_is_deleted(context: Context, receiver: Receiver) -> None:
    receiver.otherwise = 500
    with emitting(context, **to(receiver)):
        idle_run(context)
        until(lambda: query(context.engine, "select count(*) from pipeline.openlineage_event") == [(2,)])
        change(
            context.engine,
            "update pipeline.job_run set started_at = started_at - interval '31 days'",
            "update pipeline.openlineage_event set event_time = event_time - interval '31 days' where moment = 'start'",
        )
        until(lambda: (state := read_state(context)) is not None and state.waiting == 1)
    assert query(context.engine, "select moment from pipeline.openlineage_event") == [("end",)]


def test_events_are_sent_once_the_receiver_answers_again(context: Context, receiver: Receiver) -> None:
    receiver.answers.extend([500, 503, 200])
    with emitting(context, **to(receiver)):
        idle_run(context)
        until(lambda: is_sent(context))
    assert types(receiver) == ["START", "START", "START", "COMPLETE"]
    assert read_state(context) == LineageBacklog(waiting=0, refused=0, oldest=None, error=None)


def test_a_worker_ends_while_the_receiver_hangs(context: Context, receiver: Receiver) -> None:
    receiver.otherwise = NEVER
    slow = replace(QUICK, timeout_seconds=60.0, grace_seconds=0.1)
    with emitting_lineage(context.engine, with_lineage(context, **to(receiver)), lambda: True, slow):
        until(lambda: read_state(context) is not None)
        idle_run(context)
        until(lambda: receiver.received != [])
        before = monotonic()
    assert monotonic() - before < 5


def test_a_refused_event_does_not_hold_up_the_others(context: Context, receiver: Receiver) -> None:
    receiver.answers.append(422)
    with emitting(context, **to(receiver)):
        idle_run(context)
        until(lambda: len(types(receiver)) > 1)
        until(lambda: (state := read_state(context)) is not None and (state.waiting, state.refused) == (0, 1))
    assert types(receiver) == ["START", "COMPLETE"]


def test_only_the_leader_sends(context: Context, receiver: Receiver) -> None:
    with emitting_lineage(context.engine, with_lineage(context, **to(receiver)), lambda: False, QUICK):
        idle_run(context)
    assert (receiver.received, read_state(context)) == ([], None)


def test_an_event_is_recorded_while_the_receiver_is_away(context: Context) -> None:
    closed = with_lineage(context, openlineage_url="http://127.0.0.1:9")
    emitter = Emitter.open(context.engine, closed, QUICK)
    emitter.emit_pending(lambda: False)
    for _ in range(3):
        idle_run(context)
        emitter.emit_pending(lambda: False)
    state = read_state(context)
    assert state is not None
    assert (state.waiting, "127.0.0.1" in str(state.error)) == (6, True)


def test_events_are_deleted_with_their_runs(context: Context, tmp_path: Path) -> None:
    with emitting(context, openlineage_file=tmp_path / "events.jsonl"):
        idle_run(context)
        until(lambda: query(context.engine, "select count(*) from pipeline.openlineage_event") == [(2,)])
    change(context.engine, "delete from pipeline.job_run")
    assert query(context.engine, "select from pipeline.openlineage_event") == []


def test_two_receivers_are_refused(context: Context) -> None:
    both = with_lineage(context, openlineage_url="http://127.0.0.1:9", openlineage_file="events.jsonl")
    with pytest.raises(Misconfigured, match="unset one"), emitting_lineage(context.engine, both, lambda: True):
        pass


def test_a_missing_client_is_refused_with_the_remedy(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("openlineage", "app.openlineage."))]:
        if name != "app.openlineage.delivery":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "openlineage", None)
    wanted = with_lineage(context, openlineage_file="events.jsonl")
    with (
        pytest.raises(Misconfigured, match=r"regulars\[lineage\]"),
        emitting_lineage(context.engine, wanted, lambda: True),
    ):
        pass
