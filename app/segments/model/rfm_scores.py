"""RFM scores 1 to 5 by quantiles or declared cut points, and what is made of them: cells, scores of value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np

from app.segments.model.features import FEATURES, FREQUENCY, MONETARY, RECENCY, FloatArray, IntArray, check_rfm

SCORES: Final = 5
NONE_DECLARED: Final[Mapping[str, Sequence[float]]] = {}


class ScoreRange(NamedTuple):
    """Values with a score: more than `above`, up to and including `up_to`; None: no bound."""

    above: float | None
    up_to: float | None


@dataclass(frozen=True, eq=False)
class RFMScores:
    """Cut points between the scores 1 to 5 of each feature, shape (3, 4), ascending.

    A value equal to a cut point counts as below it. The lowest recency has the score 5.
    """

    cuts: FloatArray

    @classmethod
    def by_quantiles(cls, rfm: FloatArray, declared: Mapping[str, Sequence[float]] = NONE_DECLARED) -> Self:
        """Return the cut points at the quintiles of customers, shape (n, 3), n >= 1, or those declared by feature."""
        cuts = np.quantile(rfm, np.arange(1, SCORES) / SCORES, axis=0).T
        for name, points in declared.items():
            cuts[FEATURES.index(name)] = points
        return cls(cuts)

    @classmethod
    def from_json(cls, stored: Mapping[str, Sequence[float]]) -> Self:
        """Return stored cut points."""
        return cls(np.array([stored[name] for name in FEATURES], dtype=np.float64))

    def to_json(self) -> dict[str, list[float]]:
        """Return the cut points by feature."""
        return dict(zip(FEATURES, self.cuts.tolist(), strict=True))

    def score(self, rfm: FloatArray) -> IntArray:
        """Return the scores of customers, shape (n, 3); 5 is the best of each feature."""
        columns = zip(self.cuts, check_rfm(rfm).T, strict=True)
        scores = np.stack([1 + np.searchsorted(cuts, values) for cuts, values in columns], axis=1)
        scores[:, RECENCY] = SCORES + 1 - scores[:, RECENCY]
        return scores

    def ranges(self, scores: Sequence[int]) -> tuple[ScoreRange, ...]:
        """Return the range of the values that have these scores (3,) of recency, frequency and monetary value."""
        positions = [SCORES + 1 - score if n == RECENCY else score for n, score in enumerate(scores)]
        bounds = [[None, *cuts, None] for cuts in self.cuts.tolist()]
        return tuple(ScoreRange(*each[at - 1 : at + 1]) for each, at in zip(bounds, positions, strict=True))


def cells(scores: IntArray) -> IntArray:
    """Return the cell of each customer among the 125 combinations of scores, shape (n,): 111 to 555."""
    numbers: IntArray = scores @ np.array([100, 10, 1])
    return numbers


def value_scores(scores: IntArray) -> IntArray:
    """Return the mean of the scores of frequency and monetary value, rounded up, shape (n,)."""
    means: IntArray = (scores[:, FREQUENCY] + scores[:, MONETARY] + 1) // 2
    return means
