"""Least data for clusters: too few customers, or features without spread, with the reason in words."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.segments.model.features import FEATURES, FloatArray, check_rfm
from app.segments.model.fences import CORE, measure_fences, outlier_clusters

WORDS: Final = {
    "recency": "number of days since the last order",
    "frequency": "number of orders",
    "monetary": "total spending",
}

MORE_CUSTOMERS: Final = "Load more sales (regulars ingest), or set a lower REGULARS_LEAST_CUSTOMERS, and train again."
MORE_DIFFERENCES: Final = "Load more sales (regulars ingest), of other days and customers, and train again."


@dataclass(frozen=True)
class LeastData:
    """Least data for which clusters are found.

    Attributes:
        customers: least number of customers.
        spread: least standard deviation of a feature of the core, as a share of its mean absolute value, or of one day,
            order or currency unit if this is more.
    """

    customers: int = 30
    spread: float = 1e-8

    def reasons(self, rfm: FloatArray) -> tuple[str, ...]:
        """Return why no clusters are found for these customers, shape (n, 3); empty if there is enough data."""
        values = check_rfm(rfm)
        if len(values) < self.customers:
            return (f"There {_are_customers(len(values))}; clusters need at least {self.customers}.",)
        core = values[outlier_clusters(values, measure_fences(values)) == CORE]
        return tuple(
            f"The {WORDS[FEATURES[column]]} is the same for every customer but outliers; clusters need differences."
            for column in self.without_spread(core)
        )

    def remedy(self, customers: int) -> str:
        """Return what to do about the reasons for a number of customers, as a sentence."""
        return MORE_CUSTOMERS if customers < self.customers else MORE_DIFFERENCES

    def without_spread(self, values: FloatArray) -> list[int]:
        """Return the columns whose spread is below the least one."""
        spread, level = values.std(axis=0), np.abs(values).mean(axis=0)
        return np.flatnonzero(spread < self.spread * np.maximum(level, 1)).tolist()


def _are_customers(number: int) -> str:
    return "is 1 customer" if number == 1 else f"are {number:,} customers"
