"""Who moved from which segment to which between two states of the customers, and whether they or the model did."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, Row, select

from app.db.sql import named
from app.segments.changes import causes_of
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from app.segments.tables import model, publication_log

AS_IT_STANDS: Final = date.max
CHUNK: Final = 20_000
NEWEST: Final = select(publication_log.c.run_id, publication_log.c.as_of).order_by(
    publication_log.c.publication_no.desc()
)


@dataclass(frozen=True, slots=True)
class Side:
    """The customers of a run as they were published at the end of a day, or AS_IT_STANDS."""

    run_id: UUID
    as_of: date
    day: date = AS_IT_STANDS


@dataclass(frozen=True, slots=True)
class Transition:
    """A cell of the matrix: slugs, None where customers came or went; the causes of those who moved."""

    before: str | None
    after: str | None
    customers: int
    causes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Between:
    """Two states, and the scheme by which they are compared."""

    before: Side
    after: Side
    scheme: str

    def values(self) -> dict[str, Any]:
        """What the statements bind."""
        return {
            "scheme": self.scheme,
            "before_run": self.before.run_id,
            "before_day": self.before.day,
            "after_run": self.after.run_id,
            "after_day": self.after.day,
        }


def side_of_day(connection: Connection, day: date) -> Side | None:
    """What was published at the end of a day, None before the first publication."""
    found = connection.execute(NEWEST.where(publication_log.c.as_of <= day).limit(1)).one_or_none()
    return Side(found.run_id, found.as_of, day) if found else None


def side_of_run(connection: Connection, run_id: UUID) -> Side | None:
    """A run's newest state, None where it was never published."""
    p = publication_log.c
    found = connection.execute(select(p.run_id, p.as_of).where(p.run_id == run_id)).one_or_none()
    return Side(found.run_id, found.as_of) if found else None


def newest_side(connection: Connection) -> Side | None:
    """The newest publication, None before the first."""
    found = connection.execute(NEWEST.limit(1)).one_or_none()
    return Side(found.run_id, found.as_of) if found else None


def side_before(connection: Connection, side: Side) -> Side:
    """The publication before that of a side; the side itself where it is the first."""
    p = publication_log.c
    number = select(p.publication_no).where(p.run_id == side.run_id).scalar_subquery()
    found = connection.execute(NEWEST.where(p.publication_no < number).limit(1)).one_or_none()
    return Side(found.run_id, found.as_of) if found else side


def count_transitions(connection: Connection, between: Between, table: SegmentTable) -> list[Transition]:
    """Every pair of segments that customers are in before and after; each customer of either state counts once."""
    unmoved = connection.execute(named(__package__, "count_unmoved"), between.values())
    cells = [Transition(row.before, row.after, row.customers, {}) for row in unmoved]
    causes: Counter[tuple[str, str, str]] = Counter()
    for rows, chunk in _chunks(connection, between, table):
        causes.update((row.before, row.after, cause) for row, cause in zip(rows, chunk, strict=True))
    moved: dict[tuple[str, str], dict[str, int]] = {}
    for (before, after, cause), customers in causes.items():
        moved.setdefault((before, after), {})[cause] = customers
    return cells + [Transition(*pair, sum(counts.values()), counts) for pair, counts in moved.items()]


def read_moves(
    connection: Connection,
    between: Between,
    table: SegmentTable,
    *,
    after_id: str = "",
    from_slug: str | None = None,
    to_slug: str | None = None,
    limit: int = CHUNK,
) -> tuple[list[Row[Any]], list[str]]:
    """Who moved, by id from an id on, and the cause of each move."""
    wanted = {"after_id": after_id, "from_slug": from_slug, "to_slug": to_slug, "limit": limit}
    statement = named(__package__, "read_transitions")
    rows = list(connection.execute(statement, {**between.values(), **wanted}).all())
    return rows, _causes(connection, between, table, rows)


def _chunks(
    connection: Connection, between: Between, table: SegmentTable
) -> Iterator[tuple[list[Row[Any]], list[str]]]:
    after_id = ""
    while True:
        rows, causes = read_moves(connection, between, table, after_id=after_id)
        yield rows, causes
        if len(rows) < CHUNK:
            return
        after_id = rows[-1].customer_id


def _causes(connection: Connection, between: Between, table: SegmentTable, rows: list[Row[Any]]) -> list[str]:
    if not rows:
        return []
    scorer = None
    if between.before.run_id != between.after.run_id:
        trained = connection.execute(select(model).where(model.c.run_id == between.before.run_id)).mappings().one()
        scorer = Scorer.of(trained)
    rfm = np.array([(row.recency, row.frequency, float(row.monetary)) for row in rows], dtype=np.float64)
    before, after = [row.before for row in rows], [row.after for row in rows]
    return [str(cause) for cause in causes_of(scorer, table, between.scheme, rfm, before, after)]
