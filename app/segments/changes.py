"""Change feed: records first assignments, moves, departures and erasures of customers, in commit order."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from app.db.sql import named
from app.segments.assignments import Assignments
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SCHEMES, SegmentTable
from app.segments.tables import ChangeCause, model

Causes = list[ChangeCause | None]


def record_changes(
    connection: Connection,
    run_id: UUID,
    assignments: Assignments,
    *,
    as_of: date,
    before: UUID | None,
    table: SegmentTable,
) -> int | None:
    """Record changes of segments since the run `before`, and departures of customers without sales that count.

    Call it before `assignments` are written, while holding the lock of gold. Returns the lowest change_id, None without
    changes.
    """
    arrays = {"customer_ids": assignments.customer_ids, "kmeans": assignments.kmeans, "rules": assignments.rules}
    moves = connection.execute(named(__package__, "read_moves"), {**arrays, "before": before}).all()
    moved = assignments.take([move.position for move in moves])
    scorer = None
    if before not in {None, run_id} and moves:
        scorer = Scorer.from_row(connection.execute(select(model).where(model.c.run_id == before)).mappings().one())
    causes: dict[str, Causes] = {
        f"{scheme}_causes": causes_of(
            scorer, table, scheme, moved.rfm, [getattr(move, scheme) for move in moves], moved.slugs(scheme)
        )
        for scheme in SCHEMES
    }
    values = {"run_id": run_id, "before": before, "as_of": as_of, **moved.arrays(), **causes}
    first: int | None = connection.execute(named(__package__, "write_changes"), values).scalar_one()
    return first


def record_erasure(connection: Connection, customer_id: str) -> int:
    """Redact a customer's entries and append one of the kind `erased`; return the number of redacted entries.

    Nothing is appended for a customer who was never in the feed. The caller holds the lock of gold.
    """
    redacted: int = connection.execute(named(__package__, "record_erasure"), {"customer_id": customer_id}).scalar_one()
    return redacted


def causes_of(
    scorer: Scorer | None,
    table: SegmentTable,
    scheme: str,
    rfm: npt.NDArray[np.float64],
    before: Sequence[str | None],
    after: Sequence[str],
) -> Causes:
    """Return the cause of each customer's move, None for a customer with an unchanged segment.

    The old model is applied to today's features. If it assigns the new segment, the cause is `customer`; if the old
    segment, `model`; if a third segment, `both`. The cause of a first segment is `first`.

    Args:
        scorer: the old model, None if the model is the same.
        table: the segment table.
        scheme: kmeans or rules.
        rfm: today's features, shape (n, 3).
        before: slugs under the old run, None for new customers.
        after: slugs under the new run.
    """
    under_old = after if scorer is None else scorer.slugs_of_customers(rfm, table, scheme).tolist()
    return [_cause(*slugs) for slugs in zip(before, after, under_old, strict=True)]


def _cause(before: str | None, now: str, under_old: str) -> ChangeCause | None:
    if before is None:
        return "first"
    if before == now:
        return None
    return "customer" if under_old == now else "model" if under_old == before else "both"
