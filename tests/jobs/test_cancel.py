"""Cancellation of runs."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from sqlalchemy import Engine, text

from app.jobs.job_queue import cancel, next_queued
from app.jobs.runs import running
from tests.jobs.requesting import requested, row
from tests.loading import until_somebody_waits


def test_a_queued_run_is_cancelled_at_once(engine: Engine) -> None:
    run_id = requested(engine)
    assert (cancel(engine, run_id), row(engine, run_id)) == ("queued", ("cancelled", "cancelled on request"))


def test_a_cancelled_run_is_not_next(engine: Engine) -> None:
    cancel(engine, requested(engine))
    assert next_queued(engine) is None


def test_a_run_that_ended_keeps_its_state(engine: Engine) -> None:
    run_id = requested(engine)
    with running(engine, "ingest", run_id=run_id):
        pass
    assert (cancel(engine, run_id), row(engine, run_id)[0]) == ("succeeded", "succeeded")


def test_a_run_that_is_being_begun_is_stopped_not_marked_cancelled(engine: Engine) -> None:
    run_id = requested(engine)
    begin = text("update pipeline.job_run set state = 'running', started_at = now() where run_id = :run_id")
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as beginning:
            beginning.execute(begin, {"run_id": run_id})
            state = pool.submit(cancel, engine, run_id)
            until_somebody_waits(engine)
        assert (state.result(), row(engine, run_id)[0]) == ("running", "running")


def test_an_unknown_run_cannot_be_cancelled(engine: Engine) -> None:
    assert cancel(engine, uuid4()) is None
