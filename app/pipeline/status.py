"""What an operator asks first: how far the data go, what waits, what failed, what is served."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from app.pipeline.tables import freshness, job_run, source_file
from app.segments.tables import published

LAST_RUNS = 5
LAST_REFUSED = 10


@dataclass(frozen=True, slots=True)
class Status:
    """files: number of ledger rows by state; runs, refused: the newest first; concern: null where nothing is wrong."""

    data_through: date | None
    concern: str | None
    files: dict[str, int]
    serving: UUID | None
    as_of: date | None
    published_at: datetime | None
    runs: list[dict[str, Any]]
    refused: list[dict[str, Any]]


def read_status(connection: Connection) -> Status:
    """The state of the pipeline, as its tables say it."""
    fresh = connection.execute(select(freshness)).one_or_none()
    served = connection.execute(select(published)).one_or_none()
    by_state = (
        select(source_file.c.state, func.count().label("files"))
        .group_by(source_file.c.state)
        .order_by(source_file.c.state)
    )
    newest = select(job_run).order_by(job_run.c.scheduled_for.desc()).limit(LAST_RUNS)
    f = source_file.c
    refused = select(f.id, f.bucket, f.key, f.state, f.error).where(f.state.in_(("rejected", "failed")))
    refused = refused.order_by(f.id.desc()).limit(LAST_REFUSED)
    shown = ("run_id", "job", "trigger", "state", "started_at", "finished_at", "counts", "error")
    return Status(
        data_through=fresh.data_through if fresh else None,
        concern=fresh.concern if fresh else None,
        files={row.state: row.files for row in connection.execute(by_state)},
        serving=served.run_id if served else None,
        as_of=served.as_of if served else None,
        published_at=served.published_at if served else None,
        refused=[dict(row) for row in connection.execute(refused).mappings()],
        runs=[{name: row[name] for name in shown} for row in connection.execute(newest).mappings()],
    )
