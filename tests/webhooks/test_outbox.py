"""The outbox: events, their endpoints, and their transaction."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from app.errors import QualityGateClosed
from app.jobs.context import Context
from app.jobs.job_queue import cancel, enqueue
from app.jobs.runs import mark_crashed, running
from app.pipeline.retrain import retrain
from app.webhooks import endpoints
from app.webhooks.outbox import emit_segment_changes
from app.webhooks.tables import ENTERED, EXITED, QUALITY_FAILED, RUN_COMPLETED
from tests.conftest import NOW
from tests.loading import BAD, change, load, query, sale, until_somebody_waits
from tests.webhooks.sending import endpoint

Put = Callable[..., Path]
URL = "https://crm.example/"
EVENTS = """
    select v.type, v.data
    from webhooks.webhook_delivery as d join webhooks.webhook_event as v using (event_id)
    order by d.delivery_id
"""
MOVE = """
    insert into segments.customer_change
        (customer_id, run_id, as_of, kind, kmeans_before, kmeans_after, kmeans_cause, rules_before, rules_after,
         rules_cause)
    values
        ('A', :run_id, '2026-03-01', 'moved', 'hibernating', 'champions', 'model', 'lost', 'lost', null),
        ('B', :run_id, '2026-03-01', 'first', null, 'champions', 'first', null, 'lost', 'first'),
        ('C', :run_id, '2026-03-01', 'gone', 'champions', null, 'gone', 'lost', null, 'gone')
    returning change_id
"""


@pytest.fixture
def published(context: Context, put: Put) -> Context:
    """A published run with one customer, before there are endpoints."""
    put(sale())
    load(context)
    train(context)
    return context


def train(context: Context) -> None:
    with running(context.engine, "retrain") as run:
        retrain(context, run, NOW.date())


def emitted(engine: Engine, *types: str) -> list[tuple[str, Any]]:
    found = [(kind, data) for kind, data in query(engine, EVENTS)]
    return [each for each in found if not types or each[0] in types]


def move(engine: Engine) -> int:
    """Write three changes as a publishing transaction does; return their first change_id."""
    ((run_id,),) = query(engine, "select run_id from segments.current_run")
    with engine.begin() as connection:
        first: int = min(connection.execute(text(MOVE), {"run_id": run_id}).scalars())
        emit_segment_changes(connection, first)
    return first


def brief(engine: Engine) -> list[tuple[str, str, str]]:
    return [(kind.rpartition(".")[2], data["customer_id"], data["slug"]) for kind, data in emitted(engine)]


# --- changes of customers


def test_a_move_is_an_exit_and_an_entry(published: Context) -> None:
    endpoint(published.engine, URL)
    move(published.engine)
    assert brief(published.engine) == [
        ("exited", "A", "hibernating"),
        ("entered", "A", "champions"),
        ("entered", "B", "champions"),
        ("exited", "C", "champions"),
    ]


def test_an_event_has_the_other_segment_and_the_cause(published: Context) -> None:
    endpoint(published.engine, URL)
    first = move(published.engine)
    ((run_id,),) = query(published.engine, "select run_id from segments.current_run")
    beside = {"as_of": "2026-03-01", "run_id": str(run_id), "change_id": first, "cause": "model"}
    exited, entered = (data for _, data in emitted(published.engine)[:2])
    assert entered == {
        "customer_id": "A",
        "scheme": "kmeans",
        "segment": "Champions",
        "slug": "champions",
        "previous_segment": "Hibernating",
        "previous_slug": "hibernating",
        **beside,
    }
    assert exited == {
        "customer_id": "A",
        "scheme": "kmeans",
        "segment": "Hibernating",
        "slug": "hibernating",
        "next_segment": "Champions",
        "next_slug": "champions",
        **beside,
    }


@pytest.mark.parametrize(
    ("subscription", "expected"),
    [
        ({"events": [EXITED]}, ["A hibernating", "C champions"]),
        ({"segments": ["hibernating"]}, ["A hibernating"]),
        ({"segments": ["champions"], "events": [ENTERED]}, ["A champions", "B champions"]),
        ({"scheme": "rules"}, ["B lost", "C lost"]),
        ({"segments": ["lost"]}, []),
        ({"events": [RUN_COMPLETED]}, []),
    ],
)
def test_events_follow_the_subscription(published: Context, subscription: dict[str, Any], expected: list[str]) -> None:
    endpoint(published.engine, URL, **subscription)
    move(published.engine)
    assert [f"{customer} {slug}" for _, customer, slug in brief(published.engine)] == expected


def test_two_endpoints_share_one_event(published: Context) -> None:
    endpoint(published.engine, URL, events=[ENTERED])
    endpoint(published.engine, URL)
    move(published.engine)
    counts = "select (select count(*) from webhooks.webhook_event), (select count(*) from webhooks.webhook_delivery)"
    assert query(published.engine, counts) == [(4, 6)]


def test_a_batch_is_one_event_with_the_range_of_changes(published: Context) -> None:
    endpoint(published.engine, URL, batch=True)
    first = move(published.engine)
    ((kind, data),) = emitted(published.engine)
    assert kind == "customer.segments.changed"
    counts = {"changes": 3, "causes": {"model": 1, "first": 1, "gone": 1}}
    assert {**data, **counts, "after": first - 1, "through": first + 2, "scheme": "kmeans"} == data


def test_a_batch_counts_the_subscribed_changes(published: Context) -> None:
    endpoint(published.engine, URL, batch=True, segments=["hibernating"])
    endpoint(published.engine, URL, batch=True, scheme="rules", events=[EXITED])
    endpoint(published.engine, URL, batch=True, segments=["new-customers"])
    first = move(published.engine)
    assert {
        data["scheme"]: (data["changes"], data["after"], data["through"]) for _, data in emitted(published.engine)
    } == {
        "kmeans": (1, first - 1, first),
        "rules": (1, first + 1, first + 2),
    }
    assert len(emitted(published.engine)) == 2


def test_a_retrain_emits_every_published_customer(context: Context, put: Put) -> None:
    endpoint(context.engine, URL, events=[ENTERED])
    put(sale(customer="A"), sale("536366", "B"))
    load(context)
    train(context)
    changes = query(context.engine, "select customer_id, change_id from segments.customer_change order by change_id")
    assert [(data["customer_id"], data["change_id"]) for _, data in emitted(context.engine)] == changes
    assert len(changes) == 2


def test_an_ingest_emits_its_new_customers(published: Context, put: Put) -> None:
    endpoint(published.engine, URL, events=[ENTERED])
    put(sale("536370", "new"), day="2026-02-02")
    load(published)
    assert [data["customer_id"] for _, data in emitted(published.engine)] == ["new"]


def test_a_rollback_removes_the_events(published: Context) -> None:
    endpoint(published.engine, URL, events=[ENTERED, EXITED])
    with published.engine.connect() as connection:
        emit_segment_changes(connection, 1)
        connection.rollback()
    assert emitted(published.engine) == []


def test_without_endpoints_no_changes_are_read(published: Context) -> None:
    plan: list[str] = []

    @event.listens_for(published.engine, "before_cursor_execute", retval=True)
    def explain(_c: object, _u: object, statement: str, values: Any, *_: object) -> tuple[str, Any]:
        return ("explain (analyze, costs off) " + statement if "subscribed" in statement else statement), values

    @event.listens_for(published.engine, "after_cursor_execute")
    def keep(_c: object, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("explain"):
            plan.extend(row[0] for row in cursor.fetchall())

    with published.engine.begin() as connection:
        emit_segment_changes(connection, 1)
    reads = [line for line in plan if "customer_change" in line]
    assert reads
    assert all("never executed" in line for line in reads)


def test_a_concurrent_deletion_of_an_endpoint_does_not_fail_the_publication(published: Context) -> None:
    """The deletion locks the row; the publication waits, and finds no endpoint."""
    endpoint(published.engine, URL)
    with published.engine.connect() as deleting:
        deleting.exec_driver_sql("delete from webhooks.webhook_endpoint")
        with ThreadPoolExecutor(1) as pool:
            moving = pool.submit(move, published.engine)
            until_somebody_waits(published.engine)
            deleting.commit()
            moving.result()
    assert emitted(published.engine) == []


def test_an_erasure_deletes_the_events_of_the_customer(published: Context) -> None:
    endpoint(published.engine, URL)
    move(published.engine)
    change(published.engine, "delete from webhooks.webhook_event where customer_id = 'A'")
    assert {customer for _, customer, _ in brief(published.engine)} == {"B", "C"}
    assert query(published.engine, "select count(*) from webhooks.webhook_delivery") == [(2,)]


# --- runs


def test_a_run_that_succeeds_is_emitted(context: Context) -> None:
    endpoint(context.engine, URL, events=[RUN_COMPLETED])
    with running(context.engine, "ingest") as run:
        run.counts.update(files=2)
    ((_, data),) = emitted(context.engine)
    assert {**data, "run_id": str(run.run_id), "job": "ingest", "state": "succeeded", "counts": {"files": 2}} == data
    assert (data["error"], data["finished_at"][-1]) == (None, "Z")


def test_a_run_that_fails_is_emitted_with_the_first_line_of_its_error(context: Context) -> None:
    endpoint(context.engine, URL, events=[RUN_COMPLETED])
    with pytest.raises(ZeroDivisionError), running(context.engine, "ingest"):
        raise ZeroDivisionError("no\nselect secret")
    ((_, data),) = emitted(context.engine)
    assert (data["state"], data["error"], data["error_kind"]) == ("failed", "no", "program")


def test_a_crashed_run_is_emitted(context: Context) -> None:
    endpoint(context.engine, URL, events=[RUN_COMPLETED])
    with running(context.engine, "ingest"):
        mark_crashed(context.engine, "ingest")
    assert [data["state"] for _, data in emitted(context.engine)] == ["crashed"]


def test_a_queued_run_that_is_cancelled_is_emitted(context: Context) -> None:
    endpoint(context.engine, URL, events=[RUN_COMPLETED])
    run_id = enqueue(context.engine, "ingest", "api", NOW)
    assert run_id is not None
    cancel(context.engine, run_id)
    assert [data["state"] for _, data in emitted(context.engine)] == ["cancelled"]


# --- quality


def test_a_rejected_file_is_emitted(context: Context, put: Put) -> None:
    endpoint(context.engine, URL, events=[QUALITY_FAILED])
    path = put(BAD)
    load(context)
    file = next(data for _, data in emitted(context.engine) if data["check"] == "file")
    assert file["source_file"] == str(path)
    assert file["reason"].startswith("1 of 1 rows fail the contract")


def test_a_closed_gate_is_emitted_once(published: Context, put: Put) -> None:
    endpoint(published.engine, URL, events=[QUALITY_FAILED])
    for day in ("2026-02-02", "2026-02-03"):
        put(BAD, day=day)
        load(published)
    gates = [data for _, data in emitted(published.engine) if data["check"] == "gate"]
    assert [gate["reason"] for gate in gates] == ["1 of the newest 2 files rejected or failed"]
    with pytest.raises(QualityGateClosed):
        train(published)


# --- endpoints that are sent nothing


@pytest.mark.parametrize("state", ["disabled", "gone"])
def test_an_inactive_endpoint_gets_no_events(published: Context, state: str) -> None:
    made = endpoint(published.engine, URL)
    endpoints.change(published.engine, made.endpoint_id, {"state": state})
    move(published.engine)
    train(published)
    assert emitted(published.engine) == []
