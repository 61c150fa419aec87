"""Requested runs, and their rows."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from app.jobs.job_queue import TRIGGER_API, enqueue
from app.jobs.tables import JobName, Trigger
from tests.conftest import NOW
from tests.loading import query


def row(engine: Engine, run_id: UUID, columns: str = "state, error") -> tuple[Any, ...]:
    """Columns of a run."""
    return query(engine, f"select {columns} from pipeline.job_run where run_id = :run_id", run_id=run_id)[0]  # noqa: S608


def requested(
    engine: Engine, job: JobName = "ingest", trigger: Trigger = TRIGGER_API, minutes: int = 0, **parameters: Any
) -> UUID:
    """The id of a queued run."""
    return enqueue(engine, job, trigger, NOW + timedelta(minutes=minutes), parameters)
