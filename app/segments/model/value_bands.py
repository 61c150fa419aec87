"""Bands of expected spend: natural breaks (Jenks) on its logarithm, with edges in currency units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple, Self

import numpy as np

from app.segments.model.clv.histories import Histories
from app.segments.model.clv.value import ValueModel
from app.segments.model.features import FloatArray, IntArray

BANDS: Final = 12
CELLS: Final = 500
"""Quantiles on which the breaks are computed: the exact search is quadratic in their number."""
LEAST: Final = 0.01
"""Expected spend below which customers are not told apart, in currency units."""
NO_BAND: Final = 0
"""Number of the band of a customer without a forecast."""


class BandRange(NamedTuple):
    """Expected spend of a band: `low` <= spend < `high`, in currency units; None: no bound."""

    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class ValueBands:
    """Bands of expected spend by the forecast of a model and edges that do not change with it.

    Attributes:
        model: the forecast.
        days: days ahead for which the edges were measured.
        edges: ascending edges in currency units, at most `BANDS` - 1.
        as_of: day on which they were measured.
    """

    model: ValueModel
    days: int
    edges: FloatArray
    as_of: date

    @classmethod
    def from_json(cls, forecast: Mapping[str, Any], stored: Mapping[str, Any]) -> Self:
        """Return the bands of a stored forecast and stored edges."""
        edges = np.array(stored["edges"], dtype=np.float64)
        return cls(ValueModel.from_json(forecast), stored["days"], edges, date.fromisoformat(stored["as_of"]))

    def spend(self, rfm: FloatArray, tenure: FloatArray) -> FloatArray:
        """Return the expected spend of customers in cents of the currency, shape (n,).

        `rfm`: shape (n, 3). `tenure`: days since the first sale, shape (n,).
        """
        found: FloatArray = self.model.forecast(Histories.from_rfm(rfm, tenure), self.days).spend.round(2)
        return found

    def bands(self, spend: FloatArray) -> IntArray:
        """Return the number of the band of each expected spend, shape (n,).

        The highest band is `BANDS`; with fewer edges the lowest numbers are left out.
        """
        numbers: IntArray = BANDS - len(self.edges) + band_of(spend, self.edges)
        return numbers

    def range_of(self, band: int) -> BandRange:
        """Return the expected spend of a band."""
        bounds = [None, *self.edges.tolist(), None]
        position = band - BANDS + len(self.edges)
        return BandRange(bounds[position], bounds[position + 1])


def money_edges(spend: FloatArray) -> FloatArray:
    """Return the edges between the bands of `spend` in whole cents, distinct and above 0."""
    edges = np.unique(band_edges(spend).round(2))
    found: FloatArray = edges[edges > 0]
    return found


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
    """Return the position of the band of each customer, shape (n,), 0 for the lowest spend."""
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
