"""Purchase histories of customers: repeat purchases, day of the last one, days observed."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from app.segments.model.features import FREQUENCY, MONETARY, RECENCY, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Histories:
    """Purchase histories of n customers, in the same order.

    Attributes:
        x: purchases after the first.
        t_x: time from the first to the last purchase.
        t: time from the first purchase to the end of the observation.
        spend: mean money of a purchase; 0 if returns reach the sales.
    """

    x: FloatArray
    t_x: FloatArray
    t: FloatArray
    spend: FloatArray

    @classmethod
    def from_rfm(cls, rfm: FloatArray, tenure: FloatArray) -> Self:
        """Return the histories in days from the features, shape (n, 3), and the days since the first sale, (n,).

        A history that begins or ends after the day of the features is observed until its last purchase.
        """
        frequency, spend = rfm[:, FREQUENCY], np.maximum(rfm[:, MONETARY], 0.0) / rfm[:, FREQUENCY]
        last = np.maximum(tenure - rfm[:, RECENCY], 0.0)
        return cls(frequency - 1, last, np.maximum(tenure, last), spend)

    def sample(self, size: int, random_state: int) -> Self:
        """Return at most so many histories, drawn at random and in the same order."""
        if len(self) <= size:
            return self
        rows = np.sort(np.random.default_rng(random_state).choice(len(self), size, replace=False))
        return replace(self, x=self.x[rows], t_x=self.t_x[rows], t=self.t[rows], spend=self.spend[rows])

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.x)


def distinct_rows(*columns: FloatArray) -> tuple[list[FloatArray], IntArray, IntArray]:
    """Return the distinct rows as columns, the number of each row, and the distinct row of each row.

    Columns are numbered one by one, because sorting numbers is faster than sorting rows.
    """
    keys = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        values, numbers = np.unique(column, return_inverse=True)
        _, keys = np.unique(keys * len(values) + numbers, return_inverse=True)
    counts = np.bincount(keys)
    first = np.empty(len(counts), dtype=np.int64)
    first[keys[::-1]] = np.arange(len(keys))[::-1]
    return [column[first] for column in columns], counts, keys
