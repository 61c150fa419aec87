"""Recency, frequency and monetary value of customers, read from gold."""

from collections.abc import Mapping
from datetime import date
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


def read_rfm(connection: Connection, as_of: date) -> FeatureMatrix:
    """Read the features of every customer to segment, sorted by id, so that a training run is repeatable."""
    return _read(connection, "read_rfm", {"as_of": as_of})


def read_touched(connection: Connection, run_id: UUID, as_of: date) -> FeatureMatrix:
    """Read the features of customers with gold rows changed since their assignment in a run."""
    return _read(connection, "read_touched", {"run_id": run_id, "as_of": as_of})


def _read(connection: Connection, statement: str, values: Mapping[str, Any]) -> FeatureMatrix:
    rows = connection.execute(named(__package__, statement), values).all()
    rfm = np.array([(row.recency, row.frequency, row.monetary) for row in rows], dtype=np.float64)
    return FeatureMatrix([row.customer_id for row in rows], rfm.reshape(-1, 3))
