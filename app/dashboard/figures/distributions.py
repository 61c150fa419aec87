"""Figures of distributions: box plots and histograms of one feature, of a segment or of several clusters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from plotly import graph_objects as go
from plotly.subplots import make_subplots

from app.api.segments.distribution_schemas import Distributions, FeatureDistribution, MoneyDistribution
from app.dashboard.figures.figure import figure, plain, subplots

Feature = Literal["recency", "frequency", "monetary"]
FEATURES: Final[tuple[tuple[Feature, str], ...]] = (
    ("recency", "Days since the last order"),
    ("frequency", "Orders"),
    ("monetary", "Revenue"),
)
LOGARITHMIC: Final = frozenset({"frequency", "monetary"})


@dataclass(frozen=True, slots=True)
class Group:
    """Customers whose distributions are shown.

    Attributes:
        label: name of the group.
        colour: colour of its figures.
        found: the distributions.
    """

    label: str
    colour: str
    found: Distributions

    def of(self, feature: Feature) -> FeatureDistribution | MoneyDistribution | None:
        """Return the distribution of a feature; None without customers."""
        found: FeatureDistribution | MoneyDistribution | None = getattr(self.found, feature)
        return found


def boxes(groups: Sequence[Group], feature: Feature) -> str:
    """Return a box plot of quartiles and whiskers for each group, from the quartiles that the API returns."""
    traces = []
    for group in groups:
        if (found := group.of(feature)) is not None:
            ends = {"lowerfence": [float(found.whisker_low)], "upperfence": [float(found.whisker_high)]}
            quartiles = {name: [float(getattr(found, name))] for name in ("q1", "median", "q3")}
            traces.append(
                go.Box(
                    name=plain(group.label),
                    y=[plain(group.label)],
                    **ends,
                    **quartiles,
                    orientation="h",
                    marker={"color": group.colour},
                )
            )
    return figure(
        traces,
        height=70 + 46 * max(len(traces), 1),
        xaxis={"title": {"text": dict(FEATURES)[feature]}, "type": _axis(feature, groups)},
        yaxis={"autorange": "reversed", "type": "category"},
    )


def histograms(groups: Sequence[Group], feature: Feature) -> str:
    """Return a histogram for each group, one below the other, on one axis of values."""
    shown = [(group, found) for group in groups if (found := group.of(feature)) is not None]
    if not shown:
        return figure([], height=160)
    built = make_subplots(
        rows=len(shown),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.28 / len(shown),
        subplot_titles=[plain(group.label) for group, _ in shown] if len(shown) > 1 else None,
    )
    for row, (group, found) in enumerate(shown, start=1):
        built.add_trace(_steps(group, found), row=row, col=1)
    built.update_xaxes(type=_axis(feature, groups))
    built.update_xaxes(title={"text": dict(FEATURES)[feature]}, row=len(shown), col=1)
    for note in built.layout.annotations:
        note.update(x=0, xanchor="left", font={"size": 12})
    return subplots(built, height=110 + 92 * len(shown), margin={"l": 8, "r": 16, "t": 24, "b": 8})


def _steps(group: Group, found: FeatureDistribution | MoneyDistribution) -> Any:
    histogram = found.histogram
    edges = [float(edge) for edge in histogram.edges]
    return go.Scatter(
        name=plain(group.label),
        x=edges,
        y=[*histogram.counts, *histogram.counts[-1:]],
        mode="lines",
        line={"shape": "hv", "color": group.colour},
        fill="tozeroy",
        hovertemplate="from %{x:,.6~g}: %{y:,} customers<extra></extra>",
    )


def _axis(feature: Feature, groups: Sequence[Group]) -> str:
    """Return the type of the axis: logarithmic where a few customers have many times the values of the others."""
    found = [each for group in groups if (each := group.of(feature)) is not None]
    is_positive = all(float(each.minimum) > 0 and float(each.histogram.edges[0]) > 0 for each in found)
    return "log" if feature in LOGARITHMIC and is_positive else "linear"
