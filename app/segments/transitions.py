"""Moves of customers between the segments of two published states, with their causes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, Row, select

from app.db.sql import named
from app.segments.changes import causes_of
from app.segments.model.features import FloatArray
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from app.segments.tables import model, publication_log

LATEST: Final = date.max
NEWEST_FIRST: Final = select(publication_log.c.run_id, publication_log.c.as_of).order_by(
    publication_log.c.publication_no.desc()
)


@dataclass(frozen=True, slots=True)
class PublishedState:
    """Customers of a run as published at the end of a day.

    Attributes:
        run_id: training run.
        as_of: day of its publication.
        day: the day, LATEST for the run's newest state.
    """

    run_id: UUID
    as_of: date
    day: date = LATEST


@dataclass(frozen=True, slots=True)
class TransitionCount:
    """Cell of the transition matrix.

    Attributes:
        before: slug, None for new customers.
        after: slug, None for customers who are no longer segmented.
        customers: number of customers.
        causes: numbers of moves by cause.
    """

    before: str | None
    after: str | None
    customers: int
    causes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two states and the scheme of their comparison."""

    before: PublishedState
    after: PublishedState
    scheme: str

    def values(self) -> dict[str, Any]:
        """Return the parameters of the statements."""
        return {
            "scheme": self.scheme,
            "before_run": self.before.run_id,
            "before_day": self.before.day,
            "after_run": self.after.run_id,
            "after_day": self.after.day,
        }


@dataclass(frozen=True, slots=True)
class Moves:
    """Selection of moves; None: all.

    Attributes:
        from_slugs: segments before.
        to_slugs: segments after.
    """

    from_slugs: list[str] | None = None
    to_slugs: list[str] | None = None


ALL_MOVES: Final = Moves()


def state_of_day(connection: Connection, day: date) -> PublishedState | None:
    """Return the state published at the end of a day, None before the first stored publication."""
    found = connection.execute(NEWEST_FIRST.where(publication_log.c.as_of <= day).limit(1)).one_or_none()
    return PublishedState(found.run_id, found.as_of, day) if found else None


def state_of_run(connection: Connection, run_id: UUID) -> PublishedState | None:
    """Return the newest state of a run, None if it was never published or was removed."""
    p = publication_log.c
    found = connection.execute(select(p.run_id, p.as_of).where(p.run_id == run_id)).one_or_none()
    return PublishedState(found.run_id, found.as_of) if found else None


def newest_state(connection: Connection) -> PublishedState | None:
    """Return the state of the newest publication, None before the first."""
    found = connection.execute(NEWEST_FIRST.limit(1)).one_or_none()
    return PublishedState(found.run_id, found.as_of) if found else None


def state_before(connection: Connection, state: PublishedState) -> PublishedState:
    """Return the state of the previous stored publication; the same state if it is the first."""
    p = publication_log.c
    number = select(p.publication_no).where(p.run_id == state.run_id).scalar_subquery()
    found = connection.execute(NEWEST_FIRST.where(p.publication_no < number).limit(1)).one_or_none()
    return PublishedState(found.run_id, found.as_of) if found else state


def count_transitions(
    connection: Connection, compared: Comparison, segment_table: SegmentTable
) -> list[TransitionCount]:
    """Count the customers by segment before and after; a customer of one or both states counts once."""
    cells = connection.execute(named(__package__, "count_transitions"), compared.values()).all()
    moved = [row for row in cells if row.recency is not None]
    features = [np.array([row.recency, row.frequency, row.monetary], dtype=np.float64).T for row in moved]
    before, after = ([getattr(row, end) for row in moved for _ in row.recency] for end in ("before", "after"))
    causes = _causes(connection, compared, segment_table, np.concatenate(features) if features else None, before, after)
    counts: dict[tuple[str, str], Counter[str]] = {}
    for *pair, cause in zip(before, after, causes, strict=True):
        counts.setdefault((pair[0], pair[1]), Counter())[cause] += 1
    return [
        TransitionCount(row.before, row.after, row.customers, dict(counts.get((row.before, row.after), {})))
        for row in cells
    ]


def read_moves(
    connection: Connection,
    compared: Comparison,
    segment_table: SegmentTable,
    *,
    limit: int,
    after_id: str = "",
    moves: Moves = ALL_MOVES,
) -> tuple[list[Row[Any]], list[str]]:
    """Read moves by customer id after `after_id`, and the cause of each."""
    page = {"after_id": after_id, "limit": limit}
    statement = named(__package__, "read_transitions")
    rows = list(connection.execute(statement, {**compared.values(), **asdict(moves), **page}).all())
    rfm = np.array([(row.recency, row.frequency, float(row.monetary)) for row in rows], dtype=np.float64)
    before, after = [row.before for row in rows], [row.after for row in rows]
    return rows, _causes(connection, compared, segment_table, rfm, before, after)


def count_moves(connection: Connection, compared: Comparison, moves: Moves) -> int:
    """Count the customers who moved."""
    statement = named(__package__, "count_moves")
    return int(connection.execute(statement, {**compared.values(), **asdict(moves)}).scalar_one())


def _causes(
    connection: Connection,
    compared: Comparison,
    segment_table: SegmentTable,
    rfm: FloatArray | None,
    before: Sequence[str],
    after: Sequence[str],
) -> list[str]:
    """Return the cause of each move, from the later features, shape (n, 3), and the segments before and after."""
    if rfm is None or not before:
        return []
    scorer = None
    if compared.before.run_id != compared.after.run_id:
        trained = connection.execute(select(model).where(model.c.run_id == compared.before.run_id)).mappings().one()
        scorer = Scorer.from_row(trained)
    return [str(cause) for cause in causes_of(scorer, segment_table, compared.scheme, rfm, before, after)]
