"""Moves of customers between the segments of two published states, with their causes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from itertools import islice
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, Row, TextClause, func, select, text

from app.db.sql import rendered
from app.segments.changes import cause_of, causes_of
from app.segments.model.features import FEATURES, FloatArray
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from app.segments.tables import model, publication_log, segment_day

LATEST: Final = date.max
AFTER_ID: Final = "and customer_id > :after_id"
FLOAT8: Final = np.dtype(">f8")
"""Binary form of a double precision in PostgreSQL."""
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
    """Return the state at the end of the day of the newest training run of an earlier day.

    Without one, the newest state of the previous stored publication; the same state if it is the first.
    """
    p = publication_log.c
    number = select(p.publication_no).where(p.run_id == state.run_id).scalar_subquery()
    earlier = NEWEST_FIRST.where(p.publication_no < number)
    if found := connection.execute(earlier.where(p.as_of < state.as_of).limit(1)).one_or_none():
        return PublishedState(found.run_id, found.as_of, found.as_of)
    found = connection.execute(earlier.limit(1)).one_or_none()
    return PublishedState(found.run_id, found.as_of) if found else state


def last_day(connection: Connection, state: PublishedState) -> date:
    """Return the day of a state; of the newest state of a run, the day of its last assignment."""
    if state.day != LATEST:
        return state.day
    newest = select(func.max(segment_day.c.as_of)).where(segment_day.c.run_id == state.run_id)
    return connection.execute(newest).scalar_one() or state.as_of


def count_transitions(
    connection: Connection, compared: Comparison, segment_table: SegmentTable
) -> list[TransitionCount]:
    """Count the customers by segment before and after; a customer of one or both states counts once."""
    cells = connection.execute(_statement("count_transitions"), compared.values()).all()
    moved = [cell for cell in cells if cell.recency is not None]
    scored = iter(_slugs_before(connection, compared, segment_table, _features(moved)))
    causes = {(cell.before, cell.after): _causes_of_cell(cell, islice(scored, cell.customers)) for cell in moved}
    return [
        TransitionCount(cell.before, cell.after, cell.customers, causes.get((cell.before, cell.after), {}))
        for cell in cells
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
    statement = _statement("read_transitions", AFTER_ID)
    rows = list(connection.execute(statement, {**compared.values(), **asdict(moves), **page}).all())
    rfm = np.array([(row.recency, row.frequency, float(row.monetary)) for row in rows], dtype=np.float64)
    if not rows:
        return [], []
    before, after = [row.before for row in rows], [row.after for row in rows]
    scorer = _scorer_before(connection, compared)
    return rows, [str(cause) for cause in causes_of(scorer, segment_table, compared.scheme, rfm, before, after)]


def count_moves(connection: Connection, compared: Comparison, moves: Moves) -> int:
    """Count the customers who moved."""
    return int(connection.execute(_statement("count_moves"), {**compared.values(), **asdict(moves)}).scalar_one())


@cache
def _statement(name: str, of_page: str = "") -> TextClause:
    states = {
        side: rendered(__package__, "published_state", {"side": side, "of page": of_page})
        for side in ("before", "after")
    }
    return text(rendered(__package__, name, states))


def _features(cells: Sequence[Row[Any]]) -> FloatArray:
    """Return the later features of the customers of cells, shape (n, 3)."""
    columns = [b"".join(getattr(cell, feature) for cell in cells) for feature in FEATURES]
    return np.stack([np.frombuffer(column, FLOAT8).astype(np.float64) for column in columns], axis=1)


def _causes_of_cell(cell: Row[Any], scored: Iterable[str | None]) -> dict[str, int]:
    """Return the numbers of moves by cause, from the segments of the customers under the model before."""
    causes: Counter[str] = Counter()
    for slug, customers in Counter(scored).items():
        causes[str(cause_of(cell.before, cell.after, slug or cell.after))] += customers
    return dict(causes)


def _slugs_before(
    connection: Connection, compared: Comparison, segment_table: SegmentTable, rfm: FloatArray
) -> list[str | None]:
    """Return the segments of the later features, shape (n, 3), under the model before; None if it is the same model."""
    scorer = _scorer_before(connection, compared) if len(rfm) else None
    if scorer is None:
        return [None] * len(rfm)
    return [*scorer.slugs_of_customers(rfm, segment_table, compared.scheme)]


def _scorer_before(connection: Connection, compared: Comparison) -> Scorer | None:
    """Return the model before, None if it is the same model."""
    if compared.before.run_id == compared.after.run_id:
        return None
    trained = connection.execute(select(model).where(model.c.run_id == compared.before.run_id)).mappings().one()
    return Scorer.from_row(trained)
