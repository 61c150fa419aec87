"""Ids of customers that are probably placeholders, by one rule for loaded data and for dry runs."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row

from app.contract.placeholder_words import PLACEHOLDER_WORDS
from app.contract.remedies import NULL_WORDS
from app.db.sql import named

LIMITS: Final = {
    "fewest_customers": 10,
    "fewest_orders": 10,
    "share": 0.1,
    "large_share": 0.5,
    "times": 10.0,
    "fewest_to_compare": 20,
    "times_second": 3.0,
}
"""Of ten customers or more, one with ten orders or more is suspected if it has more than a tenth of all orders and more
than ten times the average, or more than half. Of 20 customers or more, the average is not needed if it has r times the
orders of the second, r is at least 3, and the second has at most r times the median: where some customers order much
more than most, another one may. A large sum of money is not tested: wholesale customers spend much."""


def suspected_placeholders(connection: Connection) -> Sequence[Row[Any]]:
    """Return the suspected ids of gold with their orders and money, and those of all customers; most money first."""
    words = [*PLACEHOLDER_WORDS, *NULL_WORDS]
    return connection.execute(named(__package__, "suspected_placeholders"), {**LIMITS, "words": words}).all()
