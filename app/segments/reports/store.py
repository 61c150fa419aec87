"""Stored reports of models."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.segments.reports.tables import report


class StoredReport(NamedTuple):
    """A report as it was stored, and when it was computed."""

    computed_at: datetime
    report: dict[str, Any]


def store_report(connection: Connection, run_id: UUID, content: dict[str, Any], computed_at: datetime) -> None:
    """Store the report of a training run, in place of an earlier one."""
    values = {"computed_at": computed_at, "report": content}
    statement = upsert(report).values(run_id=run_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["run_id"], set_=values))


def read_report(connection: Connection, run_id: UUID) -> StoredReport | None:
    """Read the report of a training run; None if none was computed."""
    row = connection.execute(select(report.c.computed_at, report.c.report).where(report.c.run_id == run_id)).first()
    return None if row is None else StoredReport(row.computed_at, row.report)
