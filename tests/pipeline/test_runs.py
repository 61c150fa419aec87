"""Runs: one of a job at a time, whatever becomes of the processes that do them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Engine, insert

from app.errors import AlreadyRunning, DatabaseUnavailable, Stopped
from app.pipeline import lease, runs
from app.pipeline.runs import enqueue, next_queued, running
from app.pipeline.tables import job_run
from tests.conftest import NOW
from tests.loading import change, query, until

HOLD = """
import sys
from app.db.engine import make_engine
from app.pipeline.runs import running
with running(make_engine(sys.argv[1]), "ingest", *sys.argv[2:]) as run:
    print(run.run_id, flush=True)
    sys.stdin.read()
"""
LOCKED = """
    select pid from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())
"""


def row(engine: Engine, run_id: UUID, columns: str = "state, error") -> tuple[Any, ...]:
    return query(engine, f"select {columns} from pipeline.job_run where run_id = :run_id", run_id=run_id)[0]  # noqa: S608


def crash(engine: Engine, url: str, *trigger: str) -> UUID:
    """The id of a run whose process was killed, once its session is gone."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url, *trigger], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
        process.kill()
    until(lambda: query(engine, LOCKED) == [])
    return UUID(run_id)


# --- a run


def test_a_run_under_way_is_running(engine: Engine) -> None:
    with running(engine, "ingest", "api") as run:
        found = row(engine, run.run_id, "job, trigger, state, started_at = heartbeat_at, finished_at, error")
    assert found == ("ingest", "api", "running", True, None, None)


def test_a_run_that_ends_well_succeeded_and_has_its_counts(engine: Engine) -> None:
    with running(engine, "ingest") as run:
        run.counts["files"] = 7
    columns = "state, trigger, counts, error, finished_at >= started_at"
    assert row(engine, run.run_id, columns) == ("succeeded", "cli", {"files": 7}, None, True)


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (ValueError("no such thing"), "failed", "no such thing"),
        (ValueError(), "failed", "ValueError"),
        (SystemExit(1), "failed", "1"),
        (Stopped("asked to stop"), "cancelled", "asked to stop"),
        (KeyboardInterrupt(), "cancelled", "KeyboardInterrupt"),
    ],
)
def test_an_error_is_written_to_the_run_and_raised(engine: Engine, error: BaseException, state: str, said: str) -> None:
    with pytest.raises(type(error)), running(engine, "ingest") as run:
        raise error
    assert row(engine, run.run_id) == (state, said)


def test_a_run_that_fails_keeps_what_it_counted(engine: Engine) -> None:
    with suppress(ValueError), running(engine, "ingest") as run:
        run.counts["files"] = 7
        raise ValueError("too late")
    assert row(engine, run.run_id, "counts") == ({"files": 7},)


def test_a_database_that_goes_away_is_said_to(engine: Engine) -> None:
    with pytest.raises(DatabaseUnavailable), running(engine, "ingest"), engine.begin() as connection:
        connection.exec_driver_sql("select pg_terminate_backend(pg_backend_pid())")


# --- one at a time


def test_one_run_of_a_job_is_under_way_at_a_time(engine: Engine) -> None:
    message = r"another ingest is running; wait for it \(regulars status\), or a minute if its process was killed"
    with running(engine, "ingest"), pytest.raises(AlreadyRunning, match=message), running(engine, "ingest"):
        pass


def test_runs_of_two_jobs_are_under_way_at_once(engine: Engine) -> None:
    with running(engine, "ingest"), running(engine, "retrain") as run:
        assert row(engine, run.run_id)[0] == "running"


@pytest.mark.parametrize("error", [None, ValueError])
def test_when_a_run_has_ended_the_next_begins(engine: Engine, error: type[Exception] | None) -> None:
    with pytest.raises(error or StopIteration), running(engine, "ingest"):
        raise error or StopIteration
    with running(engine, "ingest") as run:
        assert row(engine, run.run_id)[0] == "running"


def test_a_refused_run_leaves_no_row(engine: Engine) -> None:
    with running(engine, "ingest"), pytest.raises(AlreadyRunning), running(engine, "ingest"):
        pass
    assert query(engine, "select state from pipeline.job_run") == [("succeeded",)]


def test_a_queued_run_is_begun_under_its_id(engine: Engine) -> None:
    run_id = asked(engine)
    with running(engine, "ingest", run_id=run_id) as run:
        assert (run.run_id, row(engine, run_id, "state, trigger")) == (run_id, ("running", "api"))


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
def test_a_run_that_another_worker_took_is_refused_at_once(engine: Engine, state: str) -> None:
    run_id = asked(engine)
    change(engine, f"update pipeline.job_run set state = '{state}'")  # noqa: S608
    with pytest.raises(AlreadyRunning, match="was taken by another worker"), running(engine, "ingest", run_id=run_id):
        pass


def test_a_run_that_another_worker_is_just_taking_is_refused_at_once(engine: Engine) -> None:
    run_id = asked(engine)
    with lease.alive(engine, run_id), pytest.raises(AlreadyRunning), running(engine, "ingest", run_id=run_id):
        pass


def test_a_queued_run_that_was_refused_can_be_begun_later(engine: Engine) -> None:
    run_id = asked(engine)
    with running(engine, "ingest"), pytest.raises(AlreadyRunning), running(engine, "ingest", run_id=run_id):
        pass
    with running(engine, "ingest", run_id=run_id):
        assert row(engine, run_id)[0] == "running"


def test_nothing_stays_locked(engine: Engine) -> None:
    with running(engine, "ingest"), pytest.raises(AlreadyRunning), running(engine, "ingest"):
        pass
    until(lambda: query(engine, LOCKED) == [])


# --- processes that die


def test_a_run_whose_process_was_killed_is_crashed_and_the_next_begins_at_once(
    engine: Engine, database_url: str
) -> None:
    run_id = crash(engine, database_url)
    with running(engine, "ingest") as run:
        assert row(engine, run.run_id)[0] == "running"
    assert row(engine, run_id) == ("crashed", "its process stopped without a word")


@contextmanager
def silent(engine: Engine, seconds: int) -> Iterator[UUID]:
    """A run under way whose heart stood still for so long."""
    with running(engine, "ingest") as run:
        change(engine, f"update pipeline.job_run set heartbeat_at = now() - interval '{seconds} s'")  # noqa: S608
        yield run.run_id


def test_a_run_whose_heart_stands_still_is_crashed(engine: Engine) -> None:
    with silent(engine, 61) as run_id, running(engine, "ingest"):
        assert row(engine, run_id)[0] == "crashed"


def test_a_run_whose_heart_beat_within_the_minute_is_alive(engine: Engine) -> None:
    with silent(engine, 55), pytest.raises(AlreadyRunning), running(engine, "ingest"):
        pass


def test_a_run_that_wakes_up_after_its_burial_stays_buried(engine: Engine) -> None:
    with silent(engine, 61) as run_id:
        lease.bury_dead(engine)
    assert row(engine, run_id)[0] == "crashed"


def test_a_heart_beats(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "HEARTBEAT_SECONDS", 0.02)
    with running(engine, "ingest") as run:
        assert until(lambda: row(engine, run.run_id, "heartbeat_at > started_at")[0])


def test_a_heart_beats_on_when_the_server_was_away(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "HEARTBEAT_SECONDS", 0.02)
    with running(engine, "ingest") as run:
        query(engine, LOCKED.replace("pid", "pg_terminate_backend(pid)", 1))
        change(engine, "update pipeline.job_run set heartbeat_at = '2020-01-01'")
        until(lambda: row(engine, run.run_id, "heartbeat_at > started_at")[0])
        assert lease.bury_dead(engine) == []


# --- asking


def asked(engine: Engine, job: str = "ingest", trigger: str = "api", minutes: int = 0, key: str | None = None) -> UUID:
    run_id = enqueue(engine, job, trigger, NOW + timedelta(minutes=minutes), key)
    assert run_id is not None
    return run_id


def test_a_run_that_is_asked_for_waits(engine: Engine) -> None:
    run_id = asked(engine, "retrain")
    columns = "job, trigger, state, scheduled_for, started_at"
    assert row(engine, run_id, columns) == ("retrain", "api", "queued", NOW, None)


def test_whoever_listens_is_told(engine: Engine, database_url: str) -> None:
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as listening:
        listening.execute(f"listen {runs.CHANNEL}")
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
    first = asked(engine, trigger=runs.CLOCK)
    change(engine, "update pipeline.job_run set state = 'succeeded'")
    assert enqueue(engine, "ingest", runs.CLOCK, NOW) == first


@pytest.mark.parametrize("trigger", [runs.CLOCK, runs.RETRY, runs.FIRST_SALES])
def test_what_asks_by_itself_asks_for_nothing_while_the_job_waits(engine: Engine, trigger: str) -> None:
    asked(engine)
    assert enqueue(engine, "ingest", trigger, NOW + timedelta(minutes=5)) is None


def test_a_tick_asks_while_another_job_waits(engine: Engine) -> None:
    asked(engine, "retrain")
    assert enqueue(engine, "ingest", runs.CLOCK, NOW) is not None


def test_a_tick_asks_while_the_job_runs(engine: Engine) -> None:
    with running(engine, "ingest"):
        assert enqueue(engine, "ingest", runs.CLOCK, NOW) is not None


# --- what is next


def test_nothing_is_next_when_nothing_waits(engine: Engine) -> None:
    assert next_queued(engine) is None


def test_the_oldest_request_is_next(engine: Engine) -> None:
    asked(engine, minutes=1)
    oldest = asked(engine, "retrain")
    asked(engine, minutes=2)
    assert next_queued(engine) == (oldest, "retrain")


def test_a_job_that_is_under_way_is_not_next(engine: Engine) -> None:
    asked(engine)
    other = asked(engine, "retrain", minutes=1)
    with running(engine, "ingest"):
        assert next_queued(engine) == (other, "retrain")


def test_what_was_done_is_not_next(engine: Engine) -> None:
    with running(engine, "ingest", run_id=asked(engine)):
        pass
    assert next_queued(engine) is None


def test_a_run_whose_process_was_killed_is_next_again(engine: Engine, database_url: str) -> None:
    crash(engine, database_url, "clock")
    run_id, job = next_queued(engine) or (uuid4(), "nothing")
    assert (job, row(engine, run_id, "trigger, state")) == ("ingest", ("retry", "queued"))


def dead(engine: Engine, *states: str, trigger: str = "clock") -> None:
    """Runs one after the other, the last of which is running and silent."""
    for minute, state in enumerate([*states, "running"]):
        run = {"run_id": uuid4(), "job": "ingest", "trigger": trigger, "state": state}
        at = dict.fromkeys(("scheduled_for", "started_at", "heartbeat_at"), NOW - timedelta(days=99, minutes=-minute))
        with engine.begin() as connection:
            connection.execute(insert(job_run).values({**run, **at}))


def test_what_was_begun_at_the_command_line_is_not_begun_again(engine: Engine) -> None:
    dead(engine, trigger=runs.CLI)
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
