"""What waits: asked for once, taken in turn, tried again, cancelled."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine, insert

from app.jobs import job_queue
from app.jobs.job_queue import cancel, enqueue, next_queued, retry_later
from app.jobs.lease import CHANNEL
from app.jobs.runs import CLI, running
from app.jobs.tables import job_run
from tests.conftest import NOW
from tests.jobs.asking import asked, row
from tests.jobs.test_runs import crash
from tests.loading import change, query

# --- asking


def test_a_run_that_is_asked_for_waits(engine: Engine) -> None:
    run_id = asked(engine, "retrain")
    columns = "job, trigger, state, scheduled_for, started_at"
    assert row(engine, run_id, columns) == ("retrain", "api", "queued", NOW, None)


def test_whoever_listens_is_told(engine: Engine, database_url: str) -> None:
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as listening:
        listening.execute(f"listen {CHANNEL}")
        asked(engine)
        assert [notify.payload for notify in listening.notifies(timeout=10, stop_after=1)] == ["ingest"]


def test_the_same_key_is_answered_with_the_same_run(engine: Engine) -> None:
    assert asked(engine, key="k") == asked(engine, minutes=1, key="k")


def test_the_same_key_is_answered_with_the_same_run_when_it_has_ended(engine: Engine) -> None:
    run_id = asked(engine, key="k")
    with running(engine, "ingest", run_id=run_id):
        pass
    assert asked(engine, minutes=1, key="k") == run_id


def test_other_keys_ask_for_other_runs(engine: Engine) -> None:
    assert asked(engine, key="k") != asked(engine, minutes=1, key="l")


def test_a_key_of_another_job_asks_for_nothing(engine: Engine) -> None:
    asked(engine, key="k")
    assert enqueue(engine, "retrain", "api", NOW, "k") is None


def test_requests_without_a_key_are_all_taken(engine: Engine) -> None:
    assert asked(engine) != asked(engine, minutes=1)


def test_two_workers_that_tick_at_once_ask_for_one_run(engine: Engine) -> None:
    first = asked(engine, trigger=job_queue.CLOCK)
    change(engine, "update pipeline.job_run set state = 'succeeded'")
    assert enqueue(engine, "ingest", job_queue.CLOCK, NOW) == first


@pytest.mark.parametrize("trigger", [job_queue.CLOCK, job_queue.RETRY, job_queue.FIRST_SALES])
def test_what_asks_by_itself_asks_for_nothing_while_the_job_waits(engine: Engine, trigger: str) -> None:
    asked(engine)
    assert enqueue(engine, "ingest", trigger, NOW + timedelta(minutes=5)) is None


def test_a_tick_asks_while_another_job_waits(engine: Engine) -> None:
    asked(engine, "retrain")
    assert enqueue(engine, "ingest", job_queue.CLOCK, NOW) is not None


def test_a_tick_asks_while_the_job_runs(engine: Engine) -> None:
    with running(engine, "ingest"):
        assert enqueue(engine, "ingest", job_queue.CLOCK, NOW) is not None


# --- what is next


def test_nothing_is_next_when_nothing_waits(engine: Engine) -> None:
    assert next_queued(engine) is None


def test_the_oldest_request_is_next(engine: Engine) -> None:
    asked(engine, minutes=1)
    oldest = asked(engine, "retrain")
    asked(engine, minutes=2)
    assert next_queued(engine) == (oldest, "retrain", {})


def test_a_job_that_is_under_way_is_not_next(engine: Engine) -> None:
    asked(engine)
    other = asked(engine, "retrain", minutes=1)
    with running(engine, "ingest"):
        assert next_queued(engine) == (other, "retrain", {})


def test_what_was_done_is_not_next(engine: Engine) -> None:
    with running(engine, "ingest", run_id=asked(engine)):
        pass
    assert next_queued(engine) is None


def test_a_run_whose_process_was_killed_is_next_again(engine: Engine, database_url: str) -> None:
    crash(engine, database_url, "clock")
    run_id, job, _ = next_queued(engine) or (uuid4(), "nothing", {})
    assert (job, row(engine, run_id, "trigger, state")) == ("ingest", ("retry", "queued"))


def test_what_crashed_is_told_again_what_it_was_told(engine: Engine) -> None:
    enqueue(engine, "replay", job_queue.API, NOW, parameters={"file_id": 8})
    change(engine, "update pipeline.job_run set state = 'running', started_at = now()")
    enqueue(engine, "replay", job_queue.API, NOW + timedelta(minutes=1), parameters={"file_id": 9})
    next_queued(engine)
    waiting = "select parameters ->> 'file_id', trigger from pipeline.job_run where state = 'queued' order by 1"
    assert query(engine, waiting) == [("8", "retry"), ("9", "api")]


def dead(engine: Engine, *states: str, trigger: str = "clock") -> None:
    """Runs one after the other, the last of which is running and silent."""
    for minute, state in enumerate([*states, "running"]):
        run = {"run_id": uuid4(), "job": "ingest", "trigger": trigger, "state": state}
        at = dict.fromkeys(("scheduled_for", "started_at", "heartbeat_at"), NOW - timedelta(days=99, minutes=-minute))
        with engine.begin() as connection:
            connection.execute(insert(job_run).values({**run, **at}))


def test_what_was_begun_at_the_command_line_is_not_begun_again(engine: Engine) -> None:
    dead(engine, trigger=CLI)
    assert next_queued(engine) is None


@pytest.mark.parametrize(
    ("before", "is_tried"),
    [
        ((), True),
        (("crashed",), True),
        (("crashed", "crashed"), False),
        (("crashed", "succeeded", "crashed"), True),
        (("crashed", "crashed", "failed"), True),
    ],
)
def test_a_job_that_keeps_crashing_is_not_tried_for_ever(
    engine: Engine, before: tuple[str, ...], is_tried: bool
) -> None:
    dead(engine, *before)
    assert (next_queued(engine) is not None) == is_tried


def test_a_run_of_another_job_sees_to_the_dead_too(engine: Engine) -> None:
    dead(engine)
    with running(engine, "retrain"):
        assert (next_queued(engine) or (None, None))[1] == "ingest"


def test_a_run_of_the_same_job_is_the_next_try_itself(engine: Engine) -> None:
    dead(engine)
    with running(engine, "ingest"):
        pass
    assert next_queued(engine) is None


# --- failures that pass


def failed(engine: Engine, *kinds: str | None) -> None:
    """Runs of the ingest one after the other, and whose fault it was that they failed."""
    for minute, kind in enumerate(kinds):
        at = dict.fromkeys(("scheduled_for", "started_at"), NOW + timedelta(minutes=minute))
        run = {
            "run_id": uuid4(),
            "job": "ingest",
            "trigger": job_queue.CLOCK,
            "state": "failed",
            "error_kind": kind,
            **at,
        }
        with engine.begin() as connection:
            connection.execute(insert(job_run).values(run))


@pytest.mark.parametrize(("times", "shortest", "longest"), [(1, 2.5, 5), (2, 5, 10), (3, 10, 20), (5, 40, 80)])
def test_a_failure_that_passes_is_tried_again_ever_later(
    engine: Engine, times: int, shortest: float, longest: float
) -> None:
    failed(engine, "data", *["infrastructure"] * times)
    at, now = retry_later(engine, "ingest"), datetime.now(UTC)
    assert at is not None
    assert shortest - 1 < (at - now).total_seconds() <= longest


@pytest.mark.parametrize(
    "kinds", [["infrastructure"] * job_queue.MOST_RETRIES, ["infrastructure", "data"], ["configuration"], [None]]
)
def test_other_failures_and_too_many_are_not_tried_again(engine: Engine, kinds: list[str | None]) -> None:
    failed(engine, *kinds)
    assert retry_later(engine, "ingest") is None


def test_a_later_try_is_told_what_the_first_was_told(engine: Engine) -> None:
    failed(engine, "infrastructure")
    retry_later(engine, "ingest", {"file_id": 7})
    assert query(engine, "select parameters from pipeline.job_run where state = 'queued'") == [({"file_id": 7},)]


def test_a_later_try_waits_for_its_time(engine: Engine) -> None:
    failed(engine, "infrastructure")
    retry_later(engine, "ingest")
    assert next_queued(engine) is None


def test_a_later_try_whose_time_has_come_is_next(engine: Engine) -> None:
    failed(engine, "infrastructure")
    retry_later(engine, "ingest")
    change(engine, "update pipeline.job_run set scheduled_for = now() where state = 'queued'")
    assert (next_queued(engine) or (None, None))[1] == "ingest"


# --- cancelling


def test_a_run_that_waits_is_cancelled_at_once(engine: Engine) -> None:
    run_id = asked(engine)
    assert (cancel(engine, run_id), row(engine, run_id)) == ("queued", ("cancelled", "cancelled on request"))


def test_a_cancelled_run_is_not_next(engine: Engine) -> None:
    cancel(engine, asked(engine))
    assert next_queued(engine) is None


def test_a_run_that_has_ended_stays_as_it_ended(engine: Engine) -> None:
    run_id = asked(engine)
    with running(engine, "ingest", run_id=run_id):
        pass
    assert (cancel(engine, run_id), row(engine, run_id)[0]) == ("succeeded", "succeeded")


def test_there_is_nothing_to_cancel_of_a_run_that_is_not(engine: Engine) -> None:
    assert cancel(engine, uuid4()) is None


def test_what_a_run_is_to_do_it_is_told(engine: Engine) -> None:
    enqueue(engine, "replay", job_queue.API, NOW, parameters={"file_id": 7})
    assert (next_queued(engine) or (None, None, None))[2] == {"file_id": 7}


def test_a_key_that_asked_for_something_else_asks_for_nothing(engine: Engine) -> None:
    enqueue(engine, "replay", job_queue.API, NOW, "k", {"file_id": 7})
    assert enqueue(engine, "replay", job_queue.API, NOW + timedelta(minutes=1), "k", {"file_id": 8}) is None
