"""Contingency table of two clusterings of the same customers: agreement, moves and sizes."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from app.segments.model.features import IntArray


@dataclass(frozen=True, eq=False)
class Pairs:
    """Contingency table of the clusters of customers under two models.

    Attributes:
        before: clusters with members under the first model, ascending.
        after: those under the second.
        counts: customers in each pair of them, shape (before, after).
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    counts: IntArray

    @classmethod
    def of(cls, before: IntArray, after: IntArray) -> Self:
        """Count the pairs of clusters, shape (n,) each, n >= 1; clusters are small numbers, above and below 0."""
        first, second = int(before.min()), int(after.min())
        rows, columns = int(before.max()) - first + 1, int(after.max()) - second + 1
        found = before - first
        found *= columns
        found += after
        found -= second
        counts = np.bincount(found, minlength=rows * columns).reshape(rows, columns)
        is_row, is_column = counts.any(axis=1), counts.any(axis=0)
        return cls(
            tuple((np.flatnonzero(is_row) + first).tolist()),
            tuple((np.flatnonzero(is_column) + second).tolist()),
            counts[is_row][:, is_column],
        )

    def share(self, chosen: npt.NDArray[np.bool_]) -> float:
        """Return the share of the customers in the chosen pairs, shape (before, after)."""
        return float(self.counts[chosen].sum() / self.counts.sum())

    def sizes(self) -> dict[int, tuple[int, int]]:
        """Return the number of customers of each cluster under both models; 0 if it has none."""
        rows = dict(zip(self.before, self.counts.sum(axis=1).tolist(), strict=True))
        columns = dict(zip(self.after, self.counts.sum(axis=0).tolist(), strict=True))
        return {each: (rows.get(each, 0), columns.get(each, 0)) for each in sorted({*rows, *columns})}

    def adjusted_rand_index(self) -> float:
        """Return the adjusted Rand index (Hubert and Arabie 1985), as scikit-learn's of the labels."""
        rows, columns = self.counts.sum(axis=1).tolist(), self.counts.sum(axis=0).tolist()
        same = sum(each * each for each in self.counts.ravel().tolist())
        total = sum(rows)
        both = same - total
        first_only = sum(each * each for each in rows) - same
        second_only = sum(each * each for each in columns) - same
        neither = total * total - first_only - second_only - same
        if first_only == 0 == second_only:
            return 1.0
        expected = (both + first_only) * (first_only + neither) + (both + second_only) * (second_only + neither)
        return float(2.0 * (both * neither - first_only * second_only) / expected)
