"""Summaries of superseded runs that count an erased customer, recomputed after the erasure."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from app.segments.summaries import write_summaries
from app.segments.tables import stale_summary

s = stale_summary.c


def mark_stale(connection: Connection, states: Sequence[dict[str, Any]]) -> None:
    """Mark the summaries of deleted states (run_id, cluster, kmeans, rules) to be recomputed."""
    if states:
        connection.execute(insert(stale_summary), list(states))


def stale_runs(connection: Connection) -> list[UUID]:
    """Return the runs with summaries to recompute."""
    return list(connection.execute(select(s.run_id).distinct().order_by(s.run_id)).scalars())


def recompute(connection: Connection, run_id: UUID) -> None:
    """Recompute the marked summaries of a run."""
    deleted = delete(stale_summary).where(s.run_id == run_id).returning(s.cluster, s.kmeans, s.rules)
    marked = connection.execute(deleted).all()
    write_summaries(
        connection,
        run_id,
        clusters=sorted({state.cluster for state in marked}),
        kmeans=sorted({state.kmeans for state in marked}),
        rules=sorted({state.rules for state in marked}),
    )
