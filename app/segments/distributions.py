"""Distributions of the features in the clusters and segments of a run: segments.distribution."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, Row, and_, delete, insert, or_

from app.segments.model.distribution import measure_distribution
from app.segments.model.features import FEATURES, FloatArray
from app.segments.revisions import Revision, states_statement
from app.segments.scheme_columns import GROUPS, PARAMETER_OF_GROUP
from app.segments.tables import distribution

MONEY: Final[Mapping[str, Any]] = {"steps": 100, "may_be_log": True}
Groups = Mapping[str, Sequence[Any] | None]
d = distribution.c


def read_groups(connection: Connection, state: Revision, groups: Groups) -> Sequence[Row[Any]]:
    """Read the features of the customers in some clusters and segments of a run, by cluster and segments."""
    statement = states_statement("read_states", ", ".join(GROUPS), "state")
    return connection.execute(statement, {**state.values("state"), **groups}).all()


def matrix_of(features: bytes) -> FloatArray:
    """Return features as read by `read_groups`, shape (n, 4): the fourth is the number of days since the first sale."""
    columns: FloatArray = np.frombuffer(features, ">f8").astype(np.float64).reshape(-1, len(FEATURES) + 1)
    return columns


def write_distributions(connection: Connection, run_id: UUID, states: Sequence[Row[Any]], groups: Groups) -> None:
    """Recompute the distributions in some clusters and segments of a run.

    Args:
        connection: a transaction that holds the lock of gold, or of a superseded run.
        run_id: the run.
        states: customers as read by `read_groups`.
        groups: clusters, and slugs of the segments of each scheme; None means all of them.
    """
    is_measured = [
        d.kind == kind if groups[name] is None else and_(d.kind == kind, d.name.in_(map(str, groups[name] or ())))
        for kind, name in PARAMETER_OF_GROUP.items()
    ]
    connection.execute(delete(distribution).where(d.run_id == run_id, or_(*is_measured)))
    rows = [
        {"run_id": run_id, "kind": kind, "name": str(value), "feature": feature, **measured}
        for kind, name in PARAMETER_OF_GROUP.items()
        for value, rfm in _matrices(states, kind, groups[name])
        for feature, measured in measure_features(rfm)
    ]
    if rows:
        connection.execute(insert(distribution), rows)


def _matrices(states: Sequence[Any], kind: str, names: Sequence[Any] | None) -> Iterator[tuple[Any, FloatArray]]:
    parts: dict[Any, list[bytes]] = {}
    for state in states:
        value = getattr(state, kind)
        if value is not None and (names is None or value in names):
            parts.setdefault(value, []).append(state.features)
    for value, features in parts.items():
        yield value, matrix_of(b"".join(features))[:, : len(FEATURES)]


def measure_features(rfm: FloatArray) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the measured distribution of each feature of some customers, shape (n, 3)."""
    for feature, values in zip(FEATURES, rfm.T, strict=True):
        yield feature, asdict(measure_distribution(values, **(MONEY if feature == "monetary" else {})))
