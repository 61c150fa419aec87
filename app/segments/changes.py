"""Change feed: records first assignments, moves, departures and erasures of customers, in commit order."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from app.db.sql import named
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SCHEMES, SegmentTable
from app.segments.publish import Assigned
from app.segments.tables import model

FIRST: Final = "first"
Causes = list[str | None]


def record_changes(
    connection: Connection, run_id: UUID, assigned: Assigned, *, as_of: date, before: UUID | None, table: SegmentTable
) -> int | None:
    """Write a row for every customer whose segment is not the one that the run `before` gave him, or who left gold.

    Call it before `assigned` is written, under the lock of gold that is held until the commit. Returns the lowest
    change_id, None where nothing changed.
    """
    arrays = {"customer_ids": assigned.customer_ids, "kmeans": assigned.kmeans, "rules": assigned.rules}
    moves = connection.execute(named(__package__, "read_moves"), {**arrays, "before": before}).all()
    moved = assigned.at([move.place for move in moves])
    scorer = None
    if before not in {None, run_id} and moves:
        scorer = Scorer.of(connection.execute(select(model).where(model.c.run_id == before)).mappings().one())
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

    Nothing is appended for a customer the feed never named. The caller holds the lock of gold.
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
    """Why each customer is not where he was `before`; None where he is.

    `scorer` is the old model, None where the model is the same; `rfm` has shape (n, 3), the features as they are now.
    What does the old model say of them? The new segment: the customer changed (customer). The old one: the model did
    (model). A third: both. Who was nowhere before comes first.
    """
    under_old = after if scorer is None else scorer.slugs_alone(rfm, table, scheme).tolist()
    return [_cause(*said) for said in zip(before, after, under_old, strict=True)]


def _cause(before: str | None, now: str, under_old: str) -> str | None:
    if before is None:
        return FIRST
    if before == now:
        return None
    return "customer" if under_old == now else "model" if under_old == before else "both"
