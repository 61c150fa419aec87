"""Recompute the summaries of superseded runs after the erasure of a customer."""

from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from app.segments.model.segment_table.table import SegmentTable
from app.segments.scheme_columns import GROUPS, scheme_statement
from app.segments.summaries import groups_of, write_summaries
from app.segments.tables import stale_summary

s = stale_summary.c


def mark_stale(connection: Connection, customer_id: str) -> None:
    """Mark the summaries of superseded runs with a customer as stale, before the states of the customer are deleted."""
    statement = scheme_statement(__package__, "runs_of_customer")
    rows = connection.execute(statement, {"customer_id": customer_id}).mappings().all()
    if rows:
        connection.execute(insert(stale_summary), [dict(row) for row in rows])


def stale_runs(connection: Connection) -> list[UUID]:
    """Return the runs with stale summaries."""
    return list(connection.execute(select(s.run_id).distinct().order_by(s.run_id)).scalars())


def recompute(connection: Connection, run_id: UUID, segment_table: SegmentTable) -> None:
    """Recompute the stale summaries of a run."""
    deleted = delete(stale_summary).where(s.run_id == run_id).returning(*(s[name] for name in GROUPS))
    write_summaries(connection, run_id, segment_table, **groups_of(connection.execute(deleted).all()))
