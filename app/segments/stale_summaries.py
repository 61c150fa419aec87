"""Recompute the summaries of superseded runs after the erasure of a customer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from app.segments.summaries import write_summaries
from app.segments.tables import stale_summary

s = stale_summary.c


def mark_stale(connection: Connection, states: Sequence[dict[str, Any]]) -> None:
    """Mark the summaries of deleted states (run_id, cluster, kmeans, rules) as stale."""
    if states:
        connection.execute(insert(stale_summary), list(states))


def stale_runs(connection: Connection) -> list[UUID]:
    """Return the runs with stale summaries."""
    return list(connection.execute(select(s.run_id).distinct().order_by(s.run_id)).scalars())


def recompute(connection: Connection, run_id: UUID) -> None:
    """Recompute the stale summaries of a run."""
    deleted = delete(stale_summary).where(s.run_id == run_id).returning(s.cluster, s.kmeans, s.rules)
    marked = connection.execute(deleted).all()
    write_summaries(
        connection,
        run_id,
        clusters=sorted({state.cluster for state in marked}),
        kmeans=sorted({state.kmeans for state in marked}),
        rules=sorted({state.rules for state in marked}),
    )
