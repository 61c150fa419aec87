"""RFM scores 1 to 5 by quantiles or declared cut points, their sum, and the eleven groups of recency and value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from app.segments.model.features import FEATURES, FREQUENCY, MONETARY, RECENCY, FloatArray, IntArray, check_rfm

SCORES: Final = 5
GROUPS: Final = (
    *("champions", "loyal", "potential-loyalists", "new-customers", "promising", "need-attention"),
    *("about-to-sleep", "at-risk", "cant-lose", "hibernating", "lost"),
)
GRID: Final = (
    ("lost", "hibernating", "at-risk", "at-risk", "cant-lose"),
    ("hibernating", "hibernating", "at-risk", "at-risk", "cant-lose"),
    ("about-to-sleep", "about-to-sleep", "need-attention", "loyal", "loyal"),
    ("promising", "potential-loyalists", "potential-loyalists", "loyal", "loyal"),
    ("new-customers", "potential-loyalists", "potential-loyalists", "champions", "champions"),
)
"""Group by the score of recency, from 1, and the mean of those of frequency and monetary value, rounded up."""


@dataclass(frozen=True, eq=False)
class RFMScores:
    """Cut points between the scores 1 to 5 of each feature, shape (3, 4), ascending.

    A value equal to a cut point counts as below it. The lowest recency has the score 5.
    """

    cuts: FloatArray

    @classmethod
    def by_quantiles(cls, rfm: FloatArray) -> Self:
        """Return the cut points at the quintiles of customers, shape (n, 3), n >= 1."""
        return cls(np.quantile(rfm, np.arange(1, SCORES) / SCORES, axis=0).T)

    @classmethod
    def declared(cls, cuts: Sequence[Sequence[float]]) -> Self:
        """Return declared cut points; raises ValueError unless each feature has four that ascend."""
        found = np.asarray(cuts, dtype=np.float64)
        if found.shape != (len(FEATURES), SCORES - 1) or not np.isfinite(found).all():
            raise ValueError(f"give {SCORES - 1} cut points for each of {', '.join(FEATURES)}")
        for feature, points in zip(FEATURES, found, strict=True):
            if np.any(np.diff(points) <= 0):
                raise ValueError(f"the cut points of {feature} do not ascend: {', '.join(f'{c:g}' for c in points)}")
        return cls(found)

    def score(self, rfm: FloatArray) -> IntArray:
        """Return the scores of customers, shape (n, 3); 5 is the best of each feature."""
        columns = zip(self.cuts, check_rfm(rfm).T, strict=True)
        scores = np.stack([1 + np.searchsorted(cuts, values) for cuts, values in columns], axis=1)
        scores[:, RECENCY] = SCORES + 1 - scores[:, RECENCY]
        return scores


def cells(scores: IntArray) -> IntArray:
    """Return the cell of each customer among the 125 combinations of scores, shape (n,): 111 to 555."""
    numbers: IntArray = scores @ np.array([100, 10, 1])
    return numbers


def groups(scores: IntArray) -> IntArray:
    """Return the position in `GROUPS` of each customer's group, shape (n,)."""
    number = np.array([[GROUPS.index(name) for name in row] for row in GRID])
    value = (scores[:, FREQUENCY] + scores[:, MONETARY] + 1) // 2
    found: IntArray = number[scores[:, RECENCY] - 1, value - 1]
    return found
