"""Change feed: records first assignments, moves, departures and erasures of customers, in commit order."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from app.segments.assignments import Assignments
from app.segments.model.schemes import SCHEMES
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from app.segments.scheme_columns import CLUSTERED, scheme_statement
from app.segments.tables import ChangeCause

Causes = list[ChangeCause | None]


def changes_of(
    assignments: Assignments, scorers: Mapping[str, Scorer | None], segment_table: SegmentTable
) -> dict[str, Any] | None:
    """Return the changes of segments of a batch as `write_changes` records them, None without changes.

    `scorers` has, for each scheme, the model by which the stored segments were assigned, None if it is the same.
    """
    moved = np.flatnonzero(assignments.is_moved)
    if not len(moved):
        return None
    before = {scheme: slugs[moved].tolist() for scheme, slugs in assignments.batch.segments.items()}
    rfm, clusters = assignments.batch.rfm[moved], assignments.batch.clusters[moved].tolist()
    tenure = assignments.batch.tenure[moved]
    causes: dict[str, Causes] = {
        f"{scheme}_causes": causes_of(
            *(scorers[scheme], segment_table, scheme, rfm),
            *(before[scheme], assignments.segments[scheme][moved].tolist(), tenure),
        )
        for scheme in SCHEMES
    }
    return assignments.arrays(
        moved,
        **{f"{scheme}_before": slugs for scheme, slugs in before.items()},
        clusters_before=[
            None if slug is None else cluster for slug, cluster in zip(before[CLUSTERED], clusters, strict=True)
        ],
        **causes,
    )


def write_changes(connection: Connection, run_id: UUID, changes: Mapping[str, Any], *, as_of: date) -> int:
    """Record changes from `changes_of`, before the states are written; return the lowest change_id.

    The caller holds the lock of gold.
    """
    values = {"run_id": run_id, "as_of": as_of, **changes}
    first: int = connection.execute(scheme_statement(__package__, "write_changes"), values).scalar_one()
    return first


def record_erasure(connection: Connection, customer_id: str) -> int:
    """Redact a customer's entries and append one of the kind `erased`; return the number of redacted entries.

    Nothing is appended for a customer who was never in the feed. The caller holds the lock of gold.
    """
    statement = scheme_statement(__package__, "record_erasure")
    redacted: int = connection.execute(statement, {"customer_id": customer_id}).scalar_one()
    return redacted


def causes_of(
    scorer: Scorer | None,
    segment_table: SegmentTable,
    scheme: str,
    rfm: npt.NDArray[np.float64],
    old_slugs: Sequence[str | None],
    new_slugs: Sequence[str | None],
    tenure: npt.NDArray[np.float64] | None = None,
) -> Causes:
    """Return the cause of each customer's move, None for a customer with an unchanged segment.

    The old model is applied to today's features. If it assigns the new segment, the cause is `customer`; if the old
    segment, `model`; if a third segment, `both`. The cause of a first segment is `first`.

    Args:
        scorer: the old model, None if the model is the same.
        segment_table: the segment table.
        scheme: scheme of the segments.
        rfm: today's features, shape (n, 3).
        old_slugs: slugs under the old run, None for new customers.
        new_slugs: slugs under the new run, None of customers who have no segment any more.
        tenure: days since the first sale, shape (n,); needed in the scheme value.
    """
    if scorer is None:
        by_old_model = new_slugs
    else:
        by_old_model = scorer.slugs_of_customers(rfm, segment_table, scheme, tenure).tolist()
    return [cause_of(*slugs) for slugs in zip(old_slugs, new_slugs, by_old_model, strict=True)]


def cause_of(old_slug: str | None, new_slug: str | None, by_old_model: str | None) -> ChangeCause | None:
    """Return the cause of a move from the segment that the old model assigns today; None without a move."""
    if old_slug == new_slug:
        return None
    if old_slug is None:
        return "first"
    return "customer" if by_old_model == new_slug else "model" if by_old_model == old_slug else "both"
