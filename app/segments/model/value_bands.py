"""Bands of expected spend: natural breaks (Jenks) on its logarithm, with edges in currency units."""

from typing import Final

import numpy as np

from app.segments.model.features import FloatArray, IntArray

BANDS: Final = 12
CELLS: Final = 500
"""Quantiles on which the breaks are computed: the exact search is quadratic in their number."""
LEAST: Final = 0.01
"""Expected spend below which customers are not told apart, in currency units."""


def band_edges(spend: FloatArray, bands: int = BANDS) -> FloatArray:
    """Return the ascending edges between the bands of `spend`, shape (n,): `bands` - 1 at most.

    The bands have the least sum of squared deviations of the logarithm from its mean in each band (Jenks 1967), by
    dynamic programming (Fisher 1958). There are fewer where there are fewer distinct values.
    """
    logs = np.log(np.maximum(spend, LEAST))
    if len(logs) > CELLS:
        logs = np.quantile(logs, (np.arange(CELLS) + 0.5) / CELLS)
    values, counts = np.unique(logs, return_counts=True)
    starts = _best_starts(values, counts, min(bands, len(values)))
    edges: FloatArray = np.exp((values[starts] + values[starts - 1]) / 2)
    return edges


def band_of(spend: FloatArray, edges: FloatArray) -> IntArray:
    """Return the band of each customer, shape (n,), 0 for the lowest spend."""
    return np.searchsorted(edges, spend, side="right")


def _best_starts(values: FloatArray, counts: IntArray, bands: int) -> IntArray:
    """Return the first position of every band but the first."""
    size = len(values)
    sums = [np.concatenate([[0.0], np.cumsum(counts * values**power)]) for power in (0, 1, 2)]
    weight, first, second = (s[None, :] - s[:, None] for s in sums)  # of positions i .. j - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        cost = np.where(weight > 0, second - first**2 / weight, np.inf)
    best, choices = cost[0], []
    for _ in range(1, bands):
        totals = best[:, None] + cost
        choices.append(totals.argmin(axis=0))
        best = totals.min(axis=0)
    starts, end = [], size
    for choice in reversed(choices):
        end = int(choice[end])
        starts.append(end)
    return np.array(starts[::-1], dtype=np.int64)
