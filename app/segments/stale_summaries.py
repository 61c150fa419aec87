"""Recompute the summaries of superseded runs after the erasure of a customer."""

from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from app.db.sql import named
from app.segments.model.segment_table.table import SegmentTable
from app.segments.summaries import write_summaries
from app.segments.tables import stale_summary

s = stale_summary.c


def mark_stale(connection: Connection, customer_id: str) -> None:
    """Mark the summaries of superseded runs with a customer as stale, before the states of the customer are deleted."""
    rows = connection.execute(named(__package__, "runs_of_customer"), {"customer_id": customer_id}).mappings().all()
    if rows:
        connection.execute(insert(stale_summary), [dict(row) for row in rows])


def stale_runs(connection: Connection) -> list[UUID]:
    """Return the runs with stale summaries."""
    return list(connection.execute(select(s.run_id).distinct().order_by(s.run_id)).scalars())


def recompute(connection: Connection, run_id: UUID, segment_table: SegmentTable) -> None:
    """Recompute the stale summaries of a run."""
    deleted = delete(stale_summary).where(s.run_id == run_id).returning(s.cluster, s.kmeans, s.rules)
    marked = connection.execute(deleted).all()
    write_summaries(
        connection,
        run_id,
        segment_table,
        clusters=sorted({row.cluster for row in marked}),
        kmeans=sorted({row.kmeans for row in marked}),
        rules=sorted({row.rules for row in marked}),
    )
