"""Runs that are asked for, and their rows."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from app.jobs.job_queue import API, enqueue
from tests.conftest import NOW
from tests.loading import query


def row(engine: Engine, run_id: UUID, columns: str = "state, error") -> tuple[Any, ...]:
    """A run as it stands."""
    return query(engine, f"select {columns} from pipeline.job_run where run_id = :run_id", run_id=run_id)[0]  # noqa: S608


def asked(engine: Engine, job: str = "ingest", trigger: str = API, minutes: int = 0, key: str | None = None) -> UUID:
    """The id of a run that waits."""
    run_id = enqueue(engine, job, trigger, NOW + timedelta(minutes=minutes), key)
    assert run_id is not None
    return run_id
