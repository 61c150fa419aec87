"""Distribution of a feature: quartiles, whiskers and histogram."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from app.segments.model.features import FloatArray

BinScale = Literal["linear", "log"]
BINS: Final = 20
"""Largest number of bins of a histogram."""
FENCE: Final = 1.5
"""Interquartile ranges from the quartiles to the farthest whisker."""
LOG_FROM: Final = 10
"""Ratio of the whiskers above which bins of the monetary value grow by a factor."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Distribution of a feature in a group of customers.

    Attributes:
        minimum, q1, median, q3, maximum: quartiles, interpolated.
        whisker_low, whisker_high: lowest and highest value within 1.5 interquartile ranges of the quartiles.
        scale: linear: bins of one width; log: each bin is wider by one factor.
        edges: ascending; a bin includes its lower edge and excludes its upper one. The last edge is one step of the
            feature above the upper whisker, or more.
        counts: number of values in each bin.
        below, above: number of values below the first edge, and from the last edge up.
    """

    minimum: float
    q1: float
    median: float
    q3: float
    maximum: float
    whisker_low: float
    whisker_high: float
    scale: BinScale
    edges: list[float]
    counts: list[int]
    below: int
    above: int


def measure_distribution(values: FloatArray, *, steps: int = 1, may_be_log: bool = False) -> Distribution:
    """Measure the distribution of values, shape (n,), n > 0.

    Args:
        values: multiples of a step: whole numbers, or amounts with two decimals.
        steps: number of steps in a unit of the values: 1 for whole numbers, 100 for amounts.
        may_be_log: whether the bins may grow by a factor.
    """
    counted = np.rint(values * steps)  # in steps, so that edges and values are compared exactly
    five = np.quantile(counted, (0, 0.25, 0.5, 0.75, 1))
    reach = FENCE * (five[3] - five[1])
    low = counted[counted >= five[1] - reach].min()
    high = counted[counted <= five[3] + reach].max()
    scale: BinScale = "log" if may_be_log and low > 0 and high > LOG_FROM * low else "linear"
    edges = _logarithmic(low, high + 1) if scale == "log" else _linear(low, high + 1)
    places = np.bincount(np.searchsorted(edges, counted, side="right"), minlength=len(edges) + 1)
    minimum, q1, median, q3, maximum = (five / steps).tolist()
    return Distribution(
        minimum=minimum,
        q1=q1,
        median=median,
        q3=q3,
        maximum=maximum,
        whisker_low=float(low / steps),
        whisker_high=float(high / steps),
        scale=scale,
        edges=(edges / steps).tolist(),
        counts=places[1:-1].tolist(),
        below=int(places[0]),
        above=int(places[-1]),
    )


def _linear(low: float, end: float) -> FloatArray:
    width = np.ceil((end - low) / BINS)
    return np.asarray(low + width * np.arange(np.ceil((end - low) / width) + 1))


def _logarithmic(low: float, end: float) -> FloatArray:
    return np.unique(np.rint(np.geomspace(low, end, BINS + 1)))
