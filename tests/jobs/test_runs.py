"""Runs: one of a job at a time, even if processes die."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.errors import AlreadyRunning, DatabaseUnavailable, Misconfigured, QualityGateClosed, Stopped, StoreUnavailable
from app.jobs import lease, runs
from app.jobs.job_queue import cancel
from app.jobs.lease import LeaseTimings
from app.jobs.runs import running
from tests.jobs.requesting import requested, row
from tests.loading import change, query, until

HOLD = """
import sys
from app.db.engine import make_engine
from app.jobs.runs import running
with running(make_engine(sys.argv[1]), "ingest", *sys.argv[2:]) as run:
    print(run.run_id, flush=True)
    sys.stdin.read()
"""
QUICK = LeaseTimings(renew_seconds=0.02)
STOPPED = LeaseTimings(renew_seconds=600.0)
LOCKED = """
    select pid from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())
"""


def crash(engine: Engine, url: str, *trigger: str) -> UUID:
    """The id of a run whose process was killed, after the end of its session."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url, *trigger], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
        process.kill()
    until(lambda: query(engine, LOCKED) == [])
    return UUID(run_id)


# --- a run


def test_a_run_in_progress_is_running(engine: Engine) -> None:
    with running(engine, "ingest", "api") as run:
        found = row(engine, run.run_id, "job, trigger, state, started_at = heartbeat_at, finished_at, error")
    assert found == ("ingest", "api", "running", True, None, None)


def test_a_run_without_an_error_succeeds_with_its_counts(engine: Engine) -> None:
    with running(engine, "ingest") as run:
        run.counts["files"] = 7
    columns = "state, trigger, counts, error, finished_at >= started_at"
    assert row(engine, run.run_id, columns) == ("succeeded", "cli", {"files": 7}, None, True)


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (ValueError("no such thing"), "failed", "no such thing"),
        (ValueError(), "failed", "ValueError"),
        (SystemExit(1), "failed", "1"),
        (Stopped("asked to stop"), "cancelled", "asked to stop"),
        (KeyboardInterrupt(), "cancelled", "KeyboardInterrupt"),
    ],
)
def test_an_error_is_written_to_the_run_and_raised(
    engine: Engine, error: BaseException, state: str, message: str
) -> None:
    with pytest.raises(type(error)), running(engine, "ingest") as run:
        raise error
    assert row(engine, run.run_id) == (state, message)


def test_a_run_that_fails_keeps_its_counts(engine: Engine) -> None:
    with suppress(ValueError), running(engine, "ingest") as run:
        run.counts["files"] = 7
        raise ValueError("too late")
    assert row(engine, run.run_id, "counts") == ({"files": 7},)


def test_a_lost_database_is_unavailable(engine: Engine) -> None:
    with pytest.raises(DatabaseUnavailable), running(engine, "ingest"), engine.begin() as connection:
        connection.exec_driver_sql("select pg_terminate_backend(pg_backend_pid())")


# --- one at a time


def test_one_run_of_a_job_is_in_progress_at_a_time(engine: Engine) -> None:
    message = r"another ingest is running; wait for it \(regulars status\), or half a minute if its process was killed"
    with running(engine, "ingest"), pytest.raises(AlreadyRunning, match=message), running(engine, "ingest"):
        pass


def test_runs_of_two_jobs_are_in_progress_at_once(engine: Engine) -> None:
    with running(engine, "ingest"), running(engine, "retrain") as run:
        assert row(engine, run.run_id)[0] == "running"


@pytest.mark.parametrize("error", [None, ValueError])
def test_after_a_run_has_ended_the_next_begins(engine: Engine, error: type[Exception] | None) -> None:
    with pytest.raises(error or StopIteration), running(engine, "ingest"):
        raise error or StopIteration
    with running(engine, "ingest") as run:
        assert row(engine, run.run_id)[0] == "running"


def test_a_refused_run_leaves_no_row(engine: Engine) -> None:
    with running(engine, "ingest"), pytest.raises(AlreadyRunning), running(engine, "ingest"):
        pass
    assert query(engine, "select state from pipeline.job_run") == [("succeeded",)]


def test_a_queued_run_keeps_its_id(engine: Engine) -> None:
    run_id = requested(engine)
    with running(engine, "ingest", run_id=run_id) as run:
        assert (run.run_id, row(engine, run_id, "state, trigger")) == (run_id, ("running", "api"))


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
def test_a_run_that_another_worker_took_is_refused_at_once(engine: Engine, state: str) -> None:
    run_id = requested(engine)
    change(engine, f"update pipeline.job_run set state = '{state}'")  # noqa: S608
    with pytest.raises(AlreadyRunning, match="was taken by another worker"), running(engine, "ingest", run_id=run_id):
        pass


def test_a_run_that_another_worker_is_taking_is_refused_at_once(engine: Engine) -> None:
    run_id = requested(engine)
    with lease.held(engine, "ingest", "taken"), pytest.raises(AlreadyRunning), running(engine, "ingest", run_id=run_id):
        pass


def test_a_queued_run_that_was_refused_can_be_begun_later(engine: Engine) -> None:
    run_id = requested(engine)
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
    assert row(engine, run_id) == ("crashed", "the process ended without recording a result")


def test_a_crash_is_an_error_of_the_infrastructure(engine: Engine, database_url: str) -> None:
    run_id = crash(engine, database_url)
    runs.mark_abandoned_crashed(engine)
    assert row(engine, run_id, "error_kind") == ("infrastructure",)


def test_a_run_of_a_live_process_is_not_marked_crashed(engine: Engine) -> None:
    with running(engine, "ingest"):
        assert runs.mark_abandoned_crashed(engine) == []


def test_a_run_that_was_marked_crashed_stays_crashed(engine: Engine) -> None:
    with running(engine, "ingest") as run:
        runs.mark_crashed(engine, "ingest")
    assert row(engine, run.run_id)[0] == "crashed"


# --- progress and outcome


def test_a_heartbeat_writes_the_progress(engine: Engine) -> None:
    with running(engine, "ingest", timings=QUICK) as run:
        run.counts["files"] = 3
        assert until(lambda: row(engine, run.run_id, "heartbeat_at > started_at, counts") == (True, {"files": 3}))


def test_steps_are_kept_in_their_order(engine: Engine) -> None:
    with running(engine, "ingest") as run:
        run.step("first")
        run.step("second")
    steps = "select message from pipeline.run_step where run_id = :run_id order by step_no"
    assert query(engine, steps, run_id=run.run_id) == [("first",), ("second",)]


def test_a_step_stays_when_its_transaction_is_rolled_back(engine: Engine) -> None:
    with running(engine, "ingest") as run:
        with suppress(ValueError), run.begin(engine):
            run.step("tried")
            raise ValueError
        assert query(engine, "select message from pipeline.run_step") == [("tried",)]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (StoreUnavailable("away"), "infrastructure"),
        (QualityGateClosed("bad"), "data"),
        (Misconfigured("wrong"), "configuration"),
        (ValueError("a bug"), "program"),
        (Stopped("asked to"), None),
    ],
)
def test_a_failure_has_its_kind(engine: Engine, error: Exception, kind: str | None) -> None:
    with suppress(type(error)), running(engine, "ingest") as run:
        raise error
    assert row(engine, run.run_id, "error_kind") == (kind,)


# --- cancellation


def test_a_run_that_is_cancelled_stops_at_its_next_check(engine: Engine) -> None:
    with suppress(Stopped), running(engine, "ingest", timings=QUICK) as run:
        assert cancel(engine, run.run_id) == "running"
        until(lambda: run.is_cancelled)
        with pytest.raises(Stopped, match="cancelled on request"):
            run.check()
        raise Stopped
    assert row(engine, run.run_id)[0] == "cancelled"


def test_a_stopping_process_stops_its_run(engine: Engine) -> None:
    with pytest.raises(Stopped, match="requested to stop"), running(engine, "ingest", is_stopping=lambda: True) as run:
        run.check()
    assert row(engine, run.run_id)[0] == "cancelled"


def lose_the_lease_while_writing(engine: Engine, then: Callable[[Engine], object]) -> None:
    with running(engine, "ingest", timings=STOPPED) as run, run.begin(engine) as connection:
        change(engine, "update pipeline.lease set expires_at = now() - interval '1 second'")
        then(engine)
        connection.execute(text("select 1"))


@pytest.mark.parametrize("then", [runs.end_abandoned_writers, runs.mark_abandoned_crashed])
def test_the_transactions_of_a_run_that_lost_its_lease_are_ended(
    engine: Engine, then: Callable[[Engine], object]
) -> None:
    with pytest.raises(DatabaseUnavailable, match="terminat"):
        lose_the_lease_while_writing(engine, then)


def test_the_transactions_of_a_live_run_are_not_ended(engine: Engine) -> None:
    with running(engine, "ingest") as run, run.begin(engine) as connection:
        runs.end_abandoned_writers(engine)
        assert connection.execute(text("select 1")).scalar_one() == 1
