"""Figures and tables of distributions, of clusters and of one segment."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.dashboard.figures.distributions import FEATURES, Group, boxes, histograms


@dataclass(frozen=True, slots=True)
class FeatureFigures:
    """Box plots and histograms of a feature, with the rows of their tables.

    Attributes:
        name: recency, frequency or monetary.
        label: its name for readers.
        boxes, histograms: figures.
        rows: label of each group, and its distribution.
        bins: label, lower edge, upper edge and customers of each bin; an edge is None below and above all bins.
        currency: currency of the values; None if they are not money.
    """

    name: str
    label: str
    boxes: str
    histograms: str
    rows: list[tuple[str, Any]]
    bins: list[tuple[str, float | Decimal | None, float | Decimal | None, int]]
    currency: str | None


def distribution_figures(groups: Sequence[Group], currency: str | None) -> list[FeatureFigures]:
    """Return the figures of every feature for groups with customers; none without such groups."""
    found = []
    for feature, label in FEATURES:
        rows = [(group.label, each) for group in groups if (each := group.of(feature)) is not None]
        if rows:
            bins = [line for name, each in rows for line in _bins(name, each.histogram)]
            figures = boxes(groups, feature), histograms(groups, feature)
            found.append(FeatureFigures(feature, label, *figures, rows, bins, currency))
    return found


def _bins(label: str, histogram: Any) -> list[tuple[str, Any, Any, int]]:
    edges = histogram.edges
    lines = [(label, *ends, count) for *ends, count in zip(edges, edges[1:], histogram.counts, strict=False)]
    below = [(label, None, edges[0], histogram.below)] if histogram.below else []
    above = [(label, edges[-1], None, histogram.above)] if histogram.above else []
    return [*below, *lines, *above]
