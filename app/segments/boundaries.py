"""Where a customer's segment can change along one feature: numbers in, numbers out."""

from collections.abc import Sequence

import numpy as np

from app.segments.features import MONETARY, FloatArray
from app.segments.names import SegmentTable
from app.segments.scoring import Scorer


def monetary_boundaries(scorer: Scorer, table: SegmentTable, scheme: str, customer: Sequence[float]) -> FloatArray:
    """Return amounts (currency units, in no order) between which the segment of a customer is one.

    They are the fences, the places equally far from two centroids, and the bounds of the table's rows; `customer`
    has shape (3,), and only the amount moves. They are as exact as floats are: try the cents beside them.
    """
    names = table.monetary_bounds(scheme) * scorer.medians[MONETARY]
    return np.concatenate([names, scorer.fences["monetary"], _bisectors(scorer, customer)])


def _bisectors(scorer: Scorer, customer: Sequence[float]) -> FloatArray:
    """Where the line along monetary crosses the plane between each two centroids that it crosses."""
    centers = scorer.scaled(scorer.centroids)
    gaps = (centers - scorer.scaled(np.array([customer], dtype=np.float64))) ** 2
    gaps[:, MONETARY] = 0
    first, second = np.triu_indices(len(centers), 1)
    at = centers[:, MONETARY]
    rise = at[second] - at[first]
    square = at**2 + gaps.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        crossings = (square[second] - square[first]) / (2 * rise) * scorer.scale[MONETARY] + scorer.mean[MONETARY]
    finite: FloatArray = crossings[np.isfinite(crossings)]
    return finite
