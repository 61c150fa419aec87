"""Publication of a training run: the current run."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.sql import named
from app.segments.tables import current_run, revision


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """The published training run.

    Attributes:
        run_id: training run.
        as_of: day for which all customers were scored last.
    """

    run_id: UUID
    as_of: date


def read_current_run(connection: Connection) -> CurrentRun | None:
    """Return the current run, None before the first publication."""
    found = connection.execute(select(current_run.c.run_id, current_run.c.as_of)).mappings().one_or_none()
    return CurrentRun(**found) if found else None


def current_run_id(connection: Connection) -> UUID | None:
    """Return the id of the current run, None before the first publication."""
    current = read_current_run(connection)
    return None if current is None else current.run_id


def publish(connection: Connection, run_id: UUID, *, as_of: date, published_at: datetime) -> None:
    """Make a run the current one from the commit on, with the newest revision, which its customers were written in."""
    newest = select(func.max(revision.c.revision)).scalar_subquery()
    values = {"run_id": run_id, "revision": newest, "as_of": as_of, "published_at": published_at}
    statement = upsert(current_run).values(singleton=True, **values, updated_at=func.clock_timestamp())
    # `excluded`: SQLAlchemy writes a subquery in `set_` without the schema of its table.
    current = {**{name: statement.excluded[name] for name in values}, "updated_at": func.clock_timestamp()}
    connection.execute(statement.on_conflict_do_update(index_elements=["singleton"], set_=current))


def analyze_tables(connection: Connection) -> None:
    """Refresh the planner's statistics of the tables that a publication writes for each segment."""
    connection.execute(named(__package__, "analyze_tables"))
