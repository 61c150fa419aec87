"""A worker in a thread, requests for runs, and their outcomes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from app.db.listen import ListenTimings
from app.jobs.context import Context
from app.jobs.job_queue import enqueue
from app.jobs.leader import LeaderTimings
from app.jobs.tables import JobName, RunState
from app.settings import Settings
from app.webhooks.dispatcher import DispatcherTimings
from app.worker import Worker, WorkerTimings
from tests.loading import query, until

RUNS = """
    select job, trigger, state from pipeline.job_run
    where job not in ('retain', 'check_quality')  -- daily and quarter-hourly
    order by started_at nulls last, scheduled_for
"""
LISTEN = ListenTimings(retry_seconds=(0.1,))
PATIENT = DispatcherTimings(idle_seconds=600.0, retry_seconds=0.1, listen=LISTEN)
QUICK = WorkerTimings(LeaderTimings(poll_seconds=0.1, retry_seconds=0.1, listen=LISTEN), dispatcher=PATIENT)
NOTIFIED = WorkerTimings(LeaderTimings(poll_seconds=300.0, retry_seconds=0.1, listen=LISTEN), dispatcher=PATIENT)
"""Timings of a worker that starts nothing late without a notification."""


@contextmanager
def working(context: Context, timings: WorkerTimings = QUICK, **given: Any) -> Iterator[Worker]:
    """A worker in a thread."""
    slots = {"poll_seconds": 86_400, "training_retention_days": 0, "settle_seconds": 0}  # no slot is due in a test
    settings = Settings(**{**dict(context.settings), **slots, **given})
    worker = Worker(settings, context.engine, timings)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(30)
        assert not thread.is_alive()


def request_run(context: Context, job: JobName = "ingest", **parameters: Any) -> UUID:
    """The id of a run that was requested by the API."""
    return enqueue(context.engine, job, "api", parameters=parameters)


def wait_for(context: Context, run_id: UUID, state: RunState = "succeeded") -> None:
    until(
        lambda: query(context.engine, "select state from pipeline.job_run where run_id = :id", id=run_id) == [(state,)]
    )


def wait_for_runs(context: Context, *runs: tuple[str, str, str]) -> None:
    until(lambda: query(context.engine, RUNS) == [*runs])
