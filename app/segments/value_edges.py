"""Edges between value bands: measured on forecasts, and used until a person refits them or the days ahead change."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, insert, select

from app.segments.model.clv.histories import Histories
from app.segments.model.clv.value import ValueModel
from app.segments.model.value_bands import ValueBands, money_edges
from app.segments.registry_tables import EdgesCause, value_edges
from app.segments.rfm import read_features

SAMPLE: Final = 100_000
"""Customers above which edges are measured on a sample."""
SEED: Final = 42
e = value_edges.c
NEWEST: Final = select(value_edges).order_by(e.edges_id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class ValueEdges:
    """A fit of the edges.

    Attributes:
        days: days ahead of the forecasts on which they were measured.
        edges: ascending, in currency units.
        as_of: day of the forecasts.
    """

    days: int
    edges: tuple[Decimal, ...]
    as_of: date


def edges_json(revision: ColumnElement[int] | int | None = None) -> ColumnElement[Any]:
    """Return the newest edges as JSON, for `Scorer.from_row`; null without edges.

    With `revision`, those by which the customers of this revision were assigned.
    """
    fields = func.jsonb_build_object("days", e.days, "edges", func.to_jsonb(e.edges), "as_of", e.as_of)
    newest = select(fields).order_by(e.edges_id.desc()).limit(1)
    if revision is not None:
        newest = newest.where(e.revision <= revision)
    return newest.scalar_subquery().label("value_edges")


def read_edges(connection: Connection) -> ValueEdges | None:
    """Return the newest edges, None before the first fit."""
    found = connection.execute(NEWEST).one_or_none()
    return None if found is None else ValueEdges(found.days, tuple(found.edges), found.as_of)


@dataclass(frozen=True, slots=True)
class EdgesFit:
    """Fit of new edges on the forecasts of all customers.

    Attributes:
        connection: a transaction that holds the lock of gold.
        run_id: training run of the model.
        model: its forecast.
        days: days ahead.
        as_of: day of the forecasts.
    """

    connection: Connection
    run_id: UUID
    model: ValueModel
    days: int
    as_of: date

    def cause(self, *, is_requested: bool) -> EdgesCause | None:
        """Return why edges have to be fitted, None if the newest are used."""
        newest = read_edges(self.connection)
        if newest is None:
            return "first"
        if newest.days != self.days:
            return "horizon"
        return "refit" if is_requested else None

    def store(self, revision: int, cause: EdgesCause, now: datetime) -> ValueBands:
        """Measure edges, store them, and return the bands."""
        features = read_features(self.connection, self.as_of)
        histories = Histories.from_rfm(features.rfm, features.tenure)
        edges = money_edges(self.model.forecast(histories.sample(SAMPLE, SEED), self.days).spend.round(2))
        values = {
            "revision": revision,
            "run_id": self.run_id,
            "as_of": self.as_of,
            "days": self.days,
            "edges": [Decimal(str(edge)) for edge in edges.tolist()],
            "customers": len(histories),
            "cause": cause,
            "created_at": now,
        }
        self.connection.execute(insert(value_edges).values(values))
        return ValueBands(self.model, self.days, edges, self.as_of)
