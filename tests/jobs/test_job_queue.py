"""The queue of runs: requests, order, retries."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Engine, insert

from app.errors import QueueFull
from app.jobs.job_queue import QueuedRun, QueuePolicy, enqueue, enqueue_in_transaction, next_queued, retry_later
from app.jobs.lease import RUNS_CHANNEL
from app.jobs.runs import CLI, running
from app.jobs.tables import ErrorKind, JobName, RunState, Trigger, job_run
from tests.conftest import NOW
from tests.jobs.requesting import requested, row
from tests.jobs.test_runs import crash
from tests.loading import change, query, until_somebody_waits

POLICY = QueuePolicy()
TOO_MANY: list[ErrorKind | None] = ["infrastructure"] * POLICY.max_failures
QUEUED = "select run_id from pipeline.job_run where state = 'queued' order by scheduled_for, run_id"
SUCCEED = "update pipeline.job_run set state = 'succeeded', started_at = clock_timestamp() where run_id = '{}'"


def queued(engine: Engine) -> list[UUID]:
    return [run_id for (run_id,) in query(engine, QUEUED)]


def next_job(engine: Engine) -> JobName | None:
    found = next_queued(engine)
    return None if found is None else found.job


# --- requests


def test_a_requested_run_is_queued(engine: Engine) -> None:
    run_id = requested(engine, "retrain")
    columns = "job, trigger, state, scheduled_for, started_at"
    assert row(engine, run_id, columns) == ("retrain", "api", "queued", NOW, None)


def test_without_a_time_it_is_scheduled_for_now_by_the_clock_of_the_database(engine: Engine) -> None:
    run_id = enqueue(engine, "ingest", "api")
    assert row(engine, run_id, "clock_timestamp() - scheduled_for < interval '10 s'") == (True,)


def test_a_listener_is_notified(engine: Engine, database_url: str) -> None:
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as listening:
        listening.execute(f"listen {RUNS_CHANNEL}")
        requested(engine)
        assert [notify.payload for notify in listening.notifies(timeout=10, stop_after=1)] == ["ingest"]


@pytest.mark.parametrize("trigger", ["api", "clock", "retry", "first_sales", "start"])
def test_an_equal_request_gets_the_queued_run(engine: Engine, trigger: Trigger) -> None:
    first = requested(engine, "retrain")
    assert requested(engine, "retrain", trigger, minutes=5) == first
    assert queued(engine) == [first]


def test_an_equal_request_waits_for_the_transaction_of_the_first(engine: Engine) -> None:
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as connection:
            first = enqueue_in_transaction(connection, "retrain", "api")
            second = pool.submit(enqueue, engine, "retrain", "api")
            until_somebody_waits(engine)
        assert second.result() == first


def test_a_request_with_other_parameters_queues_another_run(engine: Engine) -> None:
    assert requested(engine, "replay", file_id=1) != requested(engine, "replay", minutes=1, file_id=2)


def test_a_request_while_the_job_runs_queues_another_run(engine: Engine) -> None:
    with running(engine, "ingest") as run:
        assert requested(engine) != run.run_id


def test_a_request_makes_an_equal_queued_retry_due(engine: Engine) -> None:
    retry = enqueue(engine, "retrain", "retry", datetime.now(UTC) + timedelta(seconds=200))
    assert next_queued(engine) is None
    assert enqueue(engine, "retrain", "api") == retry
    assert next_queued(engine) == QueuedRun(retry, "retrain", {})


def test_two_ticks_of_one_slot_queue_one_run(engine: Engine) -> None:
    first = requested(engine, trigger="clock")
    change(engine, "update pipeline.job_run set state = 'succeeded'")
    assert requested(engine, trigger="clock") == first


def test_requests_beyond_the_limit_of_a_job_are_refused_with_the_remedy(engine: Engine) -> None:
    policy = replace(POLICY, max_queued=2)
    for number in (1, 2):
        enqueue(engine, "export", "api", parameters={"number": number}, policy=policy)
    with pytest.raises(QueueFull, match="2 runs of export are queued already; wait until some have ended, or cancel"):
        enqueue(engine, "export", "api", parameters={"number": 3}, policy=policy)
    assert enqueue(engine, "ingest", "api", policy=policy) in queued(engine)


def test_the_limit_does_not_hold_for_the_schedule(engine: Engine) -> None:
    policy = replace(POLICY, max_queued=0)
    assert enqueue(engine, "ingest", "clock", policy=policy) in queued(engine)


# --- order


def test_without_queued_runs_none_is_next(engine: Engine) -> None:
    assert next_queued(engine) is None


def test_the_oldest_request_is_next(engine: Engine) -> None:
    requested(engine, "discard_quarantine", minutes=1)
    oldest = requested(engine, "retrain")
    requested(engine, "replay", minutes=2)
    assert next_queued(engine) == QueuedRun(oldest, "retrain", {})


def test_an_ingest_goes_before_older_requests(engine: Engine) -> None:
    requested(engine, "retrain")
    requested(engine, "ingest", minutes=1)
    assert next_job(engine) == "ingest"


def test_ingests_leave_every_second_run_to_the_others(engine: Engine) -> None:
    done = []
    for number in range(2):
        requested(engine, "export", minutes=number, number=number)
    for number in range(4):
        requested(engine, "ingest", minutes=number)
        found = next_queued(engine)
        assert found is not None
        done.append(found.job)
        change(engine, SUCCEED.format(found.run_id))
    assert done == ["ingest", "export", "ingest", "export"]


def test_a_job_in_progress_is_not_next(engine: Engine) -> None:
    requested(engine)
    other = requested(engine, "retrain", minutes=1)
    with running(engine, "ingest"):
        assert next_queued(engine) == QueuedRun(other, "retrain", {})


def test_a_run_that_ended_is_not_next(engine: Engine) -> None:
    with running(engine, "ingest", run_id=requested(engine)):
        pass
    assert next_queued(engine) is None


def test_a_run_has_the_parameters_of_its_request(engine: Engine) -> None:
    run_id = requested(engine, "replay", file_id=7)
    assert next_queued(engine) == QueuedRun(run_id, "replay", {"file_id": 7})


# --- crashed runs


def test_a_run_whose_process_was_killed_is_queued_again(engine: Engine, database_url: str) -> None:
    crash(engine, database_url, "clock")
    found = next_queued(engine)
    assert found is not None
    assert (found.job, row(engine, found.run_id, "trigger, state")) == ("ingest", ("retry", "queued"))


def test_a_crashed_run_is_retried_with_its_parameters(engine: Engine) -> None:
    requested(engine, "replay", file_id=8)
    change(engine, "update pipeline.job_run set state = 'running', started_at = now()")
    requested(engine, "replay", minutes=1, file_id=9)
    next_queued(engine)
    waiting = "select parameters ->> 'file_id', trigger from pipeline.job_run where state = 'queued' order by 1"
    assert query(engine, waiting) == [("8", "retry"), ("9", "api")]


def crashed(engine: Engine, *states: RunState, trigger: Trigger = "clock") -> None:
    """Runs one after the other, the last of which is running without a process."""
    for minute, state in enumerate([*states, "running"]):
        run = {"run_id": uuid4(), "job": "ingest", "trigger": trigger, "state": state}
        at = dict.fromkeys(("scheduled_for", "started_at", "heartbeat_at"), NOW - timedelta(days=99, minutes=-minute))
        with engine.begin() as connection:
            connection.execute(insert(job_run).values({**run, **at}))


def test_a_crashed_run_of_the_command_line_is_not_queued_again(engine: Engine) -> None:
    crashed(engine, trigger=CLI)
    assert next_queued(engine) is None


@pytest.mark.parametrize(
    ("before", "is_retried"),
    [
        ((), True),
        (("crashed",), True),
        (("crashed", "crashed"), False),
        (("crashed", "succeeded", "crashed"), True),
        (("crashed", "crashed", "failed"), True),
    ],
)
def test_a_job_that_keeps_crashing_is_not_retried(
    engine: Engine, before: tuple[RunState, ...], is_retried: bool
) -> None:
    crashed(engine, *before)
    assert (next_queued(engine) is not None) == is_retried


def test_a_run_of_another_job_does_not_hide_a_crashed_run(engine: Engine) -> None:
    crashed(engine)
    with running(engine, "retrain"):
        assert next_job(engine) == "ingest"


def test_a_run_of_the_same_job_replaces_the_retry(engine: Engine) -> None:
    crashed(engine)
    with running(engine, "ingest"):
        pass
    assert next_queued(engine) is None


# --- retries


def failed(engine: Engine, *kinds: ErrorKind | None) -> None:
    """Failed ingests one after the other."""
    for minute, kind in enumerate(kinds):
        at = dict.fromkeys(("scheduled_for", "started_at"), NOW + timedelta(minutes=minute))
        run = {"run_id": uuid4(), "job": "ingest", "trigger": "clock", "state": "failed", "error_kind": kind, **at}
        with engine.begin() as connection:
            connection.execute(insert(job_run).values(run))


@pytest.mark.parametrize(("times", "shortest", "longest"), [(1, 2.5, 5), (2, 5, 10), (3, 10, 20), (5, 40, 80)])
def test_failures_of_the_infrastructure_are_retried_with_backoff(
    engine: Engine, times: int, shortest: float, longest: float
) -> None:
    failed(engine, "data", *TOO_MANY[:times])
    at, now = retry_later(engine, "ingest"), datetime.now(UTC)
    assert at is not None
    assert shortest - 1 < (at - now).total_seconds() <= longest


@pytest.mark.parametrize("kinds", [TOO_MANY, ["infrastructure", "data"], ["configuration"], [None]])
def test_other_failures_and_too_many_are_not_retried(engine: Engine, kinds: list[ErrorKind | None]) -> None:
    failed(engine, *kinds)
    assert retry_later(engine, "ingest") is None


def test_a_failure_is_not_retried_while_an_equal_run_is_queued(engine: Engine) -> None:
    failed(engine, "infrastructure")
    requested(engine, minutes=9)
    assert retry_later(engine, "ingest") is None


def test_a_retry_has_the_parameters_of_the_failed_run(engine: Engine) -> None:
    failed(engine, "infrastructure")
    retry_later(engine, "ingest", {"file_id": 7})
    assert query(engine, "select parameters from pipeline.job_run where state = 'queued'") == [({"file_id": 7},)]


@pytest.mark.parametrize(
    ("shift", "is_due"),
    [(timedelta(0), True), (timedelta(seconds=200), False), (timedelta(days=999), True)],
    ids=["its time has come", "it has not", "scheduled by a wrong clock"],
)
def test_a_retry_waits_for_its_time(engine: Engine, shift: timedelta, is_due: bool) -> None:
    enqueue(engine, "ingest", "retry", datetime.now(UTC) + shift - timedelta(seconds=1))
    assert (next_queued(engine) is not None) == is_due
