"""A worker in a thread, what it is asked, and what it did."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app import worker as module
from app.jobs.context import Context
from app.jobs.job_queue import enqueue
from app.pipeline.ingest import IngestPolicy
from app.worker import Worker
from tests.loading import query, until

RUNS = "select job, trigger, state from pipeline.job_run order by started_at nulls last, scheduled_for"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """For every test of a module that imports it."""
    monkeypatch.setattr(module, "LISTEN_SECONDS", 0.1)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.1)


@contextmanager
def working(context: Context, policy: IngestPolicy = IngestPolicy(), **given: Any) -> Iterator[Worker]:  # noqa: B008
    """A worker in a thread."""
    slots = {"poll_seconds": 86_400}  # none falls due while a test runs
    worker = Worker(context.settings.model_copy(update=slots | given), context.engine, policy)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(30)
        assert not thread.is_alive()


def ask(context: Context, job: str = "ingest") -> UUID:
    run_id = enqueue(context.engine, job, "api", datetime.now(UTC))
    assert run_id is not None
    return run_id


def wait_for(context: Context, run_id: UUID, state: str = "succeeded") -> None:
    until(
        lambda: query(context.engine, "select state from pipeline.job_run where run_id = :id", id=run_id) == [(state,)]
    )


def wait_for_runs(context: Context, *runs: tuple[str, str, str]) -> None:
    until(lambda: query(context.engine, RUNS) == [*runs])
