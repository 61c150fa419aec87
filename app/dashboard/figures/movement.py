"""Figures of movement: flows between segments by cause, and the matrix of segments before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plotly import graph_objects as go

from app.dashboard.figures.figure import ACCENT, LEGEND, OTHER, PALETTE, figure, plain

CAUSES: Final[Mapping[str, str]] = {
    "customer": "Own orders, or the time since the last one",
    "model": "New boundaries",
    "both": "Both together",
    "entered": "New customers",
    "gone": "No segment any more",
}
COLOURS: Final[Mapping[str, str]] = {
    "customer": ACCENT,
    "model": OTHER,
    "both": PALETTE[3],
    "entered": PALETTE[2],
    "gone": PALETTE[9],
}
MOVED: Final = ((0.0, "#e9e4d8"), (1.0, "#c98a2b"))
NODE_PIXELS: Final = 44


@dataclass(frozen=True, slots=True)
class Flow:
    """Customers who went from one segment to another for one cause.

    Attributes:
        before: name of the segment before; of new customers, the name of the cause.
        after: name of the segment after; of customers without one, the name of the cause.
        cause: a key of CAUSES.
        customers: their number.
    """

    before: str
    after: str
    cause: str
    customers: int


def sankey(flows: Sequence[Flow]) -> str:
    """Return the flows from the segments before, on the left, to those after, coloured by cause."""
    before, after = (_ordered(flows, name) for name in ("before", "after"))
    left = {name: number for number, name in enumerate(before)}
    right = {name: len(before) + number for number, name in enumerate(after)}
    trace = go.Sankey(
        arrangement="fixed",
        node={
            "label": [plain(name) for name in (*before, *after)],
            "color": "#8f99a6",
            "pad": 14,
            "thickness": 14,
            "hovertemplate": "%{label}: %{value:,} customers<extra></extra>",
        },
        link={
            "source": [left[flow.before] for flow in flows],
            "target": [right[flow.after] for flow in flows],
            "value": [flow.customers for flow in flows],
            "color": [_transparent(COLOURS[flow.cause]) for flow in flows],
            "customdata": [CAUSES[flow.cause] for flow in flows],
            "hovertemplate": "%{source.label} to %{target.label}<br>%{value:,} customers: %{customdata}<extra></extra>",
        },
    )
    # Sankey diagrams have no legend: these traces have no points, only entries of a legend.
    causes = [
        go.Scatter(
            name=name,
            x=[None],
            y=[None],
            mode="markers",
            marker={"color": COLOURS[cause], "symbol": "square", "size": 10},
        )
        for cause, name in CAUSES.items()
        if any(flow.cause == cause for flow in flows)
    ]
    hidden = {"xaxis": {"visible": False}, "yaxis": {"visible": False}}
    return figure(
        [trace, *causes], **LEGEND, **hidden, height=max(260, 60 + NODE_PIXELS * max(len(before), len(after)))
    )


def matrix(names: Sequence[str], cells: Mapping[tuple[str, str], int]) -> str:
    """Return the heat map of customers by segment before (rows) and after; those who stayed have the palest colour."""
    rows = [[cells.get((before, after)) or None for after in names] for before in names]
    moved = [
        [0 if count and before == after else count for after, count in zip(names, row, strict=True)]
        for before, row in zip(names, rows, strict=True)
    ]
    labels = [plain(name) for name in names]
    trace = go.Heatmap(
        z=moved,
        x=labels,
        y=labels,
        text=[["" if count is None else f"{count:,}" for count in row] for row in rows],
        texttemplate="%{text}",
        colorscale=[list(stop) for stop in MOVED],
        zmin=0,
        zmax=max((count for row in moved for count in row if count), default=1),
        showscale=False,
        xgap=2,
        ygap=2,
        hoverongaps=False,
        hovertemplate="%{y} to %{x}: %{text} customers<extra></extra>",
    )
    return figure(
        [trace],
        height=140 + 30 * len(names),
        xaxis={"side": "top", "type": "category", "tickangle": -40, "title": {"text": "After"}},
        yaxis={"autorange": "reversed", "type": "category", "title": {"text": "Before"}},
    )


def _ordered(flows: Sequence[Flow], end: str) -> list[str]:
    sums: dict[str, int] = {}
    for flow in flows:
        name = getattr(flow, end)
        sums[name] = sums.get(name, 0) + flow.customers
    return sorted(sums, key=lambda name: (-sums[name], name))


def _transparent(colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.55)"
