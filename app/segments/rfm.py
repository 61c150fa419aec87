"""Recency, frequency and monetary value of customers, read from gold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from app.db.arrays import text_array
from app.db.sql import named
from app.segments.model.features import FEATURES
from app.segments.model.schemes import SCHEMES
from app.segments.window import on_customers

BATCH: Final = 200_000
"""Customers that are read at once; more need more memory."""
FIRST_BATCH: Final = 4
"""Divisor of the size of the first batch to assign: nothing is written before it is prepared."""
DOUBLES: Final = np.dtype(">f8")
"""Binary form of a double precision in PostgreSQL."""


SMALLINTS: Final = np.dtype(">i2")
"""Binary form of a smallint in PostgreSQL."""
UNKNOWN_CLUSTER: Final = -(2**15)


@dataclass(frozen=True, eq=False)
class CustomerBatch:
    """Customers with their features and their stored assignment, in the same order.

    Attributes:
        customer_ids: n ids, ascending.
        rfm: shape (n, 3): recency in days, frequency in invoices, monetary value in currency units.
        tenure: shape (n,): days since the first sale.
        clusters: shape (n,): stored clusters; undefined for new customers.
        segments: for each scheme, shape (n,): stored slugs, None for new customers, and in schemes that were added
            after the assignment.
        is_changed: shape (n,): whether the stored row has other features, or those of a later day.
    """

    customer_ids: list[str]
    rfm: npt.NDArray[np.float64]
    tenure: npt.NDArray[np.float64]
    clusters: npt.NDArray[np.int_]
    segments: Mapping[str, npt.NDArray[np.object_]]
    is_changed: npt.NDArray[np.bool_]


def id_parameters(customer_ids: Sequence[str]) -> dict[str, str]:
    """Return parameters of a statement on customers, whose ids ascend: an array of the ids, the first and the last."""
    return {"customer_ids": text_array(customer_ids), "first_id": customer_ids[0], "last_id": customer_ids[-1]}


class TrainingFeatures(NamedTuple):
    """Features of customers, in the order of their ids.

    Attributes:
        rfm: shape (n, 3): recency in days, frequency in invoices, monetary value in currency units.
        tenure: shape (n,): days since the first sale.
        clusters: shape (n,): stored clusters, UNKNOWN_CLUSTER of new customers.
    """

    rfm: npt.NDArray[np.float64]
    tenure: npt.NDArray[np.float64]
    clusters: npt.NDArray[np.int16]


class PastFeatures(NamedTuple):
    """Customers and their features as of a day, in the same order.

    Attributes:
        customer_ids: n ids.
        rfm: shape (n, 3): recency in days, frequency in invoices, monetary value in currency units.
        tenure: shape (n,): days since the first sale.
    """

    customer_ids: list[str]
    rfm: npt.NDArray[np.float64]
    tenure: npt.NDArray[np.float64]


def read_features(
    connection: Connection, as_of: date, size: int = BATCH, *, window_days: int | None = None
) -> TrainingFeatures:
    """Read the features of every customer to segment, sorted by id, so that a training run is repeatable.

    With `window_days`, those with a sale in the last so many days, and their features in these days.
    """
    statement = on_customers("read_features", window_days)
    parts: list[npt.NDArray[np.float64]] = []
    clusters: list[npt.NDArray[np.int16]] = []
    after: str | None = ""
    while after is not None:
        values = {"as_of": as_of, "after": after, "size": size}
        row = connection.execute(statement, values).one()
        parts.append(np.frombuffer(row.features, DOUBLES).astype(np.float64).reshape(-1, len(FEATURES) + 1))
        clusters.append(np.frombuffer(row.clusters, SMALLINTS).astype(np.int16))
        after = row.last_id
    columns = np.concatenate(parts)
    return TrainingFeatures(columns[:, : len(FEATURES)], columns[:, len(FEATURES)], np.concatenate(clusters))


def read_customers(
    connection: Connection,
    as_of: date,
    *,
    is_changed_only: bool = False,
    size: int = BATCH,
    window_days: int | None = None,
) -> Iterator[CustomerBatch]:
    """Read the customers to segment in batches, by id, with their stored assignment; no batch is empty.

    With `is_changed_only`, only customers with gold rows changed since their assignment: new sales, corrections, new
    customers. The caller holds the lock of gold, and may write the assignments of a batch before it reads the next.
    `window_days` is as in `read_features`; with it, unchanged customers keep their features until the next rescore.
    """
    statement = on_customers("read_customers", window_days, is_changed_only=is_changed_only)
    values = {"as_of": as_of, "is_changed_only": is_changed_only}
    after, next_size = "", -(-size // FIRST_BATCH)
    while True:
        row = connection.execute(statement, {**values, "after": after, "size": next_size}).one()
        if not row.customer_ids:
            return
        columns = np.frombuffer(row.features, DOUBLES).astype(np.float64).reshape(-1, len(FEATURES) + 1)
        yield CustomerBatch(
            row.customer_ids,
            columns[:, : len(FEATURES)],
            columns[:, len(FEATURES)],
            np.array([0 if each is None else each for each in row.clusters], dtype=np.int_),
            {scheme: np.array(row._mapping[scheme], dtype=np.object_) for scheme in SCHEMES},  # noqa: SLF001
            np.array(row.is_changed, dtype=np.bool_),
        )
        after, next_size = row.customer_ids[-1], size


def read_past_rfm(connection: Connection, as_of: date, window_days: int | None = None) -> PastFeatures:
    """Read the features of every customer to segment as of a day, from the invoices of this day and before.

    With `window_days`, the invoices of the last so many days only: the features of a customer who ordered before are
    those of the window, and customers without a sale in it are left out.
    """
    return _read_past(connection, {"as_of": as_of, "until": as_of, **_window(as_of, window_days)})


def read_rfm_of_files(
    connection: Connection, as_of: date, file_ids: Sequence[int], window_days: int | None = None
) -> PastFeatures:
    """Read the features of every customer to segment from the invoices of some files, in a window if one is given."""
    return _read_past(connection, {"as_of": as_of, "file_ids": list(file_ids), **_window(as_of, window_days)})


def read_rfm_without_files(
    connection: Connection, as_of: date, file_ids: Sequence[int], window_days: int | None = None
) -> PastFeatures:
    """Read the features of every customer to segment from the invoices of all other files, in a window if given."""
    return _read_past(connection, {"as_of": as_of, "without": list(file_ids), **_window(as_of, window_days)})


def _window(as_of: date, window_days: int | None) -> dict[str, date | None]:
    return {"after": None if window_days is None else as_of - timedelta(days=window_days)}


def _read_past(connection: Connection, values: Mapping[str, Any]) -> PastFeatures:
    every: dict[str, Any] = {"until": None, "after": None, "file_ids": None, "without": []}
    rows = connection.execute(named(__package__, "read_past_rfm"), {**every, **values}).all()
    columns = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, 4)
    return PastFeatures([row.customer_id for row in rows], columns[:, :3], columns[:, 3])
