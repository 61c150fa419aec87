"""Moves of customers between the segments of two published states, with their causes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, Row, TextClause, select

from app.segments.changes import cause_of, causes_of
from app.segments.model.features import FEATURES, FloatArray
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from app.segments.registry import read_scorer
from app.segments.revisions import Revision, states_statement
from app.segments.scheme_columns import BY_SPEND
from app.segments.value_edges import edges_json

AFTER_ID: Final = "and customer_id > :after_id"
FLOAT8: Final = np.dtype(">f8")
"""Binary form of a double precision in PostgreSQL."""


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

    before: Revision
    after: Revision
    scheme: str

    def values(self) -> dict[str, Any]:
        """Return the parameters of the statements."""
        return {**self.before.values("before"), **self.after.values("after")}


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


def count_transitions(
    connection: Connection, compared: Comparison, segment_table: SegmentTable
) -> list[TransitionCount]:
    """Count the customers by segment before and after; a customer of one or both states counts once."""
    cells = connection.execute(_statement("count_transitions", compared), compared.values()).all()
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
    statement = _statement("read_transitions", compared, AFTER_ID)
    rows = list(connection.execute(statement, {**compared.values(), **asdict(moves), **page}).all())
    if not rows:
        return [], []
    rfm = np.array([(row.recency, row.frequency, float(row.monetary)) for row in rows], dtype=np.float64)
    tenure = np.array([row.tenure for row in rows], dtype=np.float64)
    before, after = [row.before for row in rows], [row.after for row in rows]
    scorer = _scorer_before(connection, compared)
    causes = causes_of(scorer, segment_table, compared.scheme, rfm, before, after, tenure)
    return rows, [str(cause) for cause in causes]


def count_moves(connection: Connection, compared: Comparison, moves: Moves) -> int:
    """Count the customers who moved."""
    values = {**compared.values(), **asdict(moves)}
    return int(connection.execute(_statement("count_moves", compared), values).scalar_one())


def _statement(name: str, compared: Comparison, of_page: str = "") -> TextClause:
    return states_statement(name, f"{compared.scheme} as slug", "before", "after", of_page=of_page)


def _features(cells: Sequence[Row[Any]]) -> FloatArray:
    """Return the later features and days since the first sale of the customers of cells, shape (n, 4)."""
    columns = [b"".join(getattr(cell, name) for cell in cells) for name in (*FEATURES, "tenure")]
    return np.stack([np.frombuffer(column, FLOAT8).astype(np.float64) for column in columns], axis=1)


def _causes_of_cell(cell: Row[Any], scored: Iterable[str | None]) -> dict[str, int]:
    """Return the numbers of moves by cause, from the segments of the customers under the model before."""
    causes: Counter[str] = Counter()
    for slug, customers in Counter(scored).items():
        causes[str(cause_of(cell.before, cell.after, slug or cell.after))] += customers
    return dict(causes)


def _slugs_before(
    connection: Connection, compared: Comparison, segment_table: SegmentTable, features: FloatArray
) -> list[str | None]:
    """Return the segments of the later features, shape (n, 4), under the model before; None if it is the same model."""
    scorer = _scorer_before(connection, compared) if len(features) else None
    if scorer is None:
        return [None] * len(features)
    rfm, tenure = features[:, : len(FEATURES)], features[:, len(FEATURES)]
    return [*scorer.slugs_of_customers(rfm, segment_table, compared.scheme, tenure)]


def _scorer_before(connection: Connection, compared: Comparison) -> Scorer | None:
    """Return the model before, None if it is the same model, in the scheme value with the same edges."""
    before, after = compared.before, compared.after
    is_same = before.run_id == after.run_id
    if is_same and compared.scheme == BY_SPEND:
        edges = select(edges_json(before.revision).label("before"), edges_json(after.revision).label("after"))
        found = connection.execute(edges).one()
        is_same = bool(found.before == found.after)
    return None if is_same else read_scorer(connection, before.run_id, before.revision)
