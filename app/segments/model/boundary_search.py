"""How a customer's segment changes while one feature grows and the others stay: numbers in, numbers out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.segments.model.features import FEATURES, FloatArray, IntArray
from app.segments.model.scoring import Scorer, Slugs
from app.segments.model.segment_table.table import SegmentTable

BESIDE = np.arange(-2, 4)


@dataclass(frozen=True)
class Line:
    """The segments of a customer, `rfm` (3,), whose `feature` (its column) grows by whole steps.

    `steps`: how many make one unit of the feature, 100 for cents. Between two boundaries (fences, places equally far
    from two centroids, bounds of the table's rows) the segment is one; beside them every step is tried on the model.
    """

    scorer: Scorer
    table: SegmentTable
    scheme: str
    rfm: Sequence[float]
    feature: int
    steps: int = 1

    def first_entries(self, first: int, last: int) -> list[tuple[int, str]]:
        """Return (step, slug) for each segment but that of `first` that is met up to `last`: where it begins."""
        tried = self._tried(first, last)
        slugs = self.at(tried)
        return [
            (self._least(tried[place - 1], tried[place], lambda found, slug=slug: found == slug), slug)  # type: ignore[misc]
            for place, slug in first_entries(slugs)
        ]

    def first_exit(self, first: int, last: int) -> int | None:
        """Return the first step that does not give the segment of `first`, None up to `last`."""
        tried = self._tried(first, last)
        slugs = self.at(tried)
        exits = np.flatnonzero(slugs != slugs[0])
        if not len(exits):
            return None
        place = int(exits[0])
        return self._least(tried[place - 1], tried[place], lambda found: found != slugs[0])

    def at(self, tried: Sequence[int]) -> Slugs:
        """Return the segment at each of these steps."""
        rows = np.tile(np.asarray(self.rfm, dtype=np.float64), (len(tried), 1))
        rows[:, self.feature] = [step / self.steps for step in tried]
        return self.scorer.slugs_alone(rows, self.table, self.scheme)

    def _tried(self, first: int, last: int) -> list[int]:
        """The first step, those beside each boundary, one between each two, and the last; ascending."""
        if last <= first:
            return [first]
        bounds = self._boundaries()
        inside = np.sort(bounds[(bounds >= first / self.steps) & (bounds <= last / self.steps)]) * self.steps
        ends = np.concatenate([[first], inside, [last]])
        beside = (np.floor(inside)[:, None] + BESIDE).ravel()
        tried: IntArray = np.concatenate([beside, (ends[1:] + ends[:-1]) // 2, [last]]).astype(np.int64)
        return [first, *(step for step in np.unique(tried).tolist() if first < step <= last)]

    def _boundaries(self) -> FloatArray:
        names = self.table.bounds(self.scheme, self.feature) * self.scorer.medians[self.feature]
        fences = self.scorer.fences.get(FEATURES[self.feature], ())
        return np.concatenate([names, fences, self._bisectors()])

    def _bisectors(self) -> FloatArray:
        """Where the line crosses the plane between each two centroids; as exact as floats are."""
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

    def _least(self, below: int, at: int, is_there: Callable[[str], bool]) -> int:
        """The least step that is there, between `below`, which is not, and `at`, which is."""
        while at - below > 1:
            between = (below + at) // 2
            below, at = (below, between) if is_there(self.at([between])[0]) else (between, at)
        return at


def first_entries(slugs: Slugs) -> list[tuple[int, str]]:
    """Return (place, slug) of every slug but the first, where it stands for the first time."""
    seen = {slugs[0]: 0}
    for place in (np.flatnonzero(slugs[1:] != slugs[:-1]) + 1).tolist():
        seen.setdefault(slugs[place], place)
    return [(place, slug) for slug, place in seen.items() if place]
