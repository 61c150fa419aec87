"""Recency, frequency and monetary value of customers, read from gold."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from app.db.sql import named


class FeatureMatrix(NamedTuple):
    """Customers and their features, in the same order.

    Attributes:
        customer_ids: n ids.
        rfm: shape (n, 3): recency in days, frequency in invoices, monetary value in currency units.
    """

    customer_ids: list[str]
    rfm: npt.NDArray[np.float64]


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


def read_rfm(connection: Connection, as_of: date) -> FeatureMatrix:
    """Read the features of every customer to segment, sorted by id, so that a training run is repeatable."""
    return _read(connection, "read_rfm", {"as_of": as_of})


def read_touched(connection: Connection, run_id: UUID, as_of: date) -> FeatureMatrix:
    """Read the features of customers with gold rows changed since their assignment in a run."""
    return _read(connection, "read_touched", {"run_id": run_id, "as_of": as_of})


def read_past_rfm(connection: Connection, as_of: date, window_days: int | None = None) -> PastFeatures:
    """Read the features of every customer to segment as of a day, from the invoices of this day and before.

    With `window_days`, the invoices of the last so many days only: the features of a customer who ordered before are
    those of the window, and customers without a sale in it are left out.
    """
    after = None if window_days is None else as_of - timedelta(days=window_days)
    rows = connection.execute(named(__package__, "read_past_rfm"), {"as_of": as_of, "after": after}).all()
    columns = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, 4)
    return PastFeatures([row.customer_id for row in rows], columns[:, :3], columns[:, 3])


def _read(connection: Connection, statement: str, values: Mapping[str, Any]) -> FeatureMatrix:
    rows = connection.execute(named(__package__, statement), values).all()
    rfm = np.array([(row.recency, row.frequency, row.monetary) for row in rows], dtype=np.float64)
    return FeatureMatrix([row.customer_id for row in rows], rfm.reshape(-1, 3))
