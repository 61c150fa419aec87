"""Outcomes of customers after a past day, read from gold's invoices."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection

from app.db.sql import named
from app.segments.model.features import FloatArray


class Outcomes(NamedTuple):
    """Outcomes of n customers, in the order of their ids.

    Attributes:
        spend: money of the invoices, 0 if returns exceed it, shape (n,).
        returned: 1 for a customer with a sale, else 0, shape (n,).
    """

    spend: FloatArray
    returned: FloatArray


class SalesDays(NamedTuple):
    """First and last day of sales; None without sales."""

    first_day: date | None
    last_day: date | None


def read_outcomes(connection: Connection, customer_ids: Sequence[str], after: date, days: int) -> Outcomes:
    """Read what customers bought in the days after a day."""
    values = {"customer_ids": list(customer_ids), "after": after, "until": after + timedelta(days=days)}
    rows = connection.execute(named(__package__, "read_outcomes"), values)
    found = {row.customer_id: (max(row.spend, 0.0), float(row.has_returned)) for row in rows}
    columns = np.array([found.get(each, (0.0, 0.0)) for each in customer_ids], dtype=np.float64).reshape(-1, 2)
    return Outcomes(columns[:, 0], columns[:, 1])


def read_sales_days(connection: Connection, as_of: date) -> SalesDays:
    """Read the first and the last day of sales up to a day."""
    row = connection.execute(named(__package__, "read_sales_days"), {"as_of": as_of}).one()
    return SalesDays(row.first_day, row.last_day)
