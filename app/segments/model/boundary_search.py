"""Search for the values of one feature at which a customer's segment changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.segments.model.features import FEATURES, FloatArray, IntArray
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable, Slugs

OFFSETS = np.arange(-2, 4)


@dataclass(frozen=True)
class BoundarySearch:
    """Segments of a customer while one feature grows by whole steps and the others are constant.

    The segment is constant between two boundaries (fences, points equidistant from two centroids, bounds of the rows of
    the segment table, cut points of scores); next to a boundary every step is tried on the model.

    Attributes:
        scorer: the model.
        segment_table: segment table.
        scheme: scheme of the segments.
        rfm: the customer's features, shape (3,).
        feature: column of the feature that grows.
        steps: number of steps in one unit of the feature, 100 for cents.
    """

    scorer: Scorer
    segment_table: SegmentTable
    scheme: str
    rfm: Sequence[float]
    feature: int
    steps: int = 1

    def first_entries(self, first: int, last: int) -> list[tuple[int, str]]:
        """Return (step, slug) of the first entry into each segment other than the segment of `first`, up to `last`."""
        tried = self._tried(first, last)
        slugs = self.slugs_at(tried)
        return [
            (self._first_step(tried[position - 1], tried[position], lambda found, slug=slug: found == slug), slug)  # type: ignore[misc]
            for position, slug in first_entries(slugs)
        ]

    def first_exit(self, first: int, last: int) -> int | None:
        """Return the first step outside the segment of `first`, None if there is none up to `last`."""
        tried = self._tried(first, last)
        slugs = self.slugs_at(tried)
        exits = np.flatnonzero(slugs != slugs[0])
        if not len(exits):
            return None
        position = int(exits[0])
        return self._first_step(tried[position - 1], tried[position], lambda found: found != slugs[0])

    def slugs_at(self, tried: Sequence[int]) -> Slugs:
        """Return the segment at each of these steps."""
        rows = np.tile(np.asarray(self.rfm, dtype=np.float64), (len(tried), 1))
        rows[:, self.feature] = [step / self.steps for step in tried]
        return self.scorer.slugs_of_customers(rows, self.segment_table, self.scheme)

    def _tried(self, first: int, last: int) -> list[int]:
        """Return the first step, those next to each boundary, one between each two, and the last; ascending."""
        if last <= first:
            return [first]
        bounds = self._boundaries()
        inside = np.sort(bounds[(bounds >= first / self.steps) & (bounds <= last / self.steps)]) * self.steps
        ends = np.concatenate([[first], inside, [last]])
        neighbours = (np.floor(inside)[:, None] + OFFSETS).ravel()
        tried: IntArray = np.concatenate([neighbours, (ends[1:] + ends[:-1]) // 2, [last]]).astype(np.int64)
        return [first, *(step for step in np.unique(tried).tolist() if first < step <= last)]

    def _boundaries(self) -> FloatArray:
        names = self.scorer.boundaries(self.segment_table, self.scheme, self.feature)
        fences = self.scorer.fences.get(FEATURES[self.feature], ())
        return np.concatenate([names, fences, self._bisectors()])

    def _bisectors(self) -> FloatArray:
        """Return the values that are equidistant from two centroids; exact up to floating point."""
        centers = self.scorer.scaled(self.scorer.centroids)
        gaps = (centers - self.scorer.scaled(np.array([self.rfm], dtype=np.float64))) ** 2
        gaps[:, self.feature] = 0
        along = centers[:, self.feature]
        square = along**2 + gaps.sum(axis=1)
        one, other = np.triu_indices(len(centers), 1)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            crossings = (square[other] - square[one]) / (2 * (along[other] - along[one]))
            crossings = crossings * self.scorer.scale[self.feature] + self.scorer.mean[self.feature]
        finite: FloatArray = crossings[np.isfinite(crossings)]
        return finite

    def _first_step(self, below: int, at: int, is_there: Callable[[str], bool]) -> int:
        """Return the first step that satisfies `is_there` by bisection: `below` does not satisfy it, `at` does."""
        while at - below > 1:
            between = (below + at) // 2
            below, at = (below, between) if is_there(self.slugs_at([between])[0]) else (between, at)
        return at


def first_entries(slugs: Slugs) -> list[tuple[int, str]]:
    """Return (position, slug) of the first occurrence of every slug but the first."""
    seen = {slugs[0]: 0}
    for position in (np.flatnonzero(slugs[1:] != slugs[:-1]) + 1).tolist():
        seen.setdefault(slugs[position], position)
    return [(position, slug) for slug, position in seen.items() if position]
