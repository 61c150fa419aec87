"""Figures of clusters: customers in three dimensions, scores of every k, sizes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from plotly import graph_objects as go

from app.api.customers.sample import SampledCustomer
from app.api.segments.clusters import ClusterRow
from app.api.segments.models import KCandidate
from app.dashboard.figures.figure import ACCENT, LEGEND, OTHER, PALETTE, figure, plain, second_axis

AxisScale = Literal["log", "linear"]
SPACE_HEIGHT: Final = 620
OUTLIERS: Final = {-1: "spending", -2: "orders", -3: "spending and orders"}
"""What is unusual about the customers of a cluster of outliers."""


def label_of(cluster: int) -> str:
    """Return the name of a cluster."""
    return f"Cluster {cluster}" if cluster >= 0 else f"Outliers by {OUTLIERS[cluster]} ({cluster})"


def colours_of(clusters: Sequence[int]) -> dict[int, str]:
    """Return a colour for each cluster; the same cluster has it in every figure."""
    ordered = sorted(clusters, key=lambda cluster: (cluster < 0, abs(cluster)))
    return {cluster: PALETTE[number % len(PALETTE)] for number, cluster in enumerate(ordered)}


def space(customers: Sequence[SampledCustomer], colours: Mapping[int, str], scale: AxisScale) -> str:
    """Return the customers as points of recency, frequency and monetary value, coloured by cluster."""
    traces = []
    for cluster in sorted({each.cluster for each in customers}):
        members = [each for each in customers if each.cluster == cluster]
        traces.append(
            go.Scatter3d(
                name=label_of(cluster),
                x=[each.recency for each in members],
                y=[each.frequency for each in members],
                z=[float(each.monetary) for each in members],
                text=[plain(f"{each.customer_id}, {each.segment}") for each in members],
                mode="markers",
                marker={"size": 3, "color": colours[cluster], "opacity": 0.75},
                hovertemplate="%{text}<br>%{x} days, %{y:,} orders, %{z:,.2f}<extra></extra>",
            )
        )
    ticks = {"dtick": 1} if scale == "log" else {}  # of a logarithmic axis: powers of ten only
    axes: dict[str, Any] = {
        "xaxis": {"title": {"text": "Recency, days"}},
        "yaxis": {"title": {"text": "Orders"}, "type": scale, **ticks},
        "zaxis": {"title": {"text": "Revenue"}, "type": scale, **ticks},
    }
    scene = {
        **axes,
        "aspectmode": "cube",
        "camera": {"eye": {"x": 1.5, "y": 1.5, "z": 0.7}, "center": {"x": 0, "y": 0, "z": -0.1}},
    }
    layout = {**LEGEND, "legend": {**LEGEND["legend"], "itemsizing": "constant"}}
    return figure(traces, **layout, height=SPACE_HEIGHT, scene=scene)


def scores(candidates: Sequence[KCandidate], chosen: int) -> str:
    """Return silhouette and combined score of every k, and the elbow of the inertia on an axis of its own."""
    ks = [each.k for each in candidates]
    silhouette = _line("Silhouette", ks, [each.silhouette for each in candidates], ACCENT)
    combined = _line("Combined score", ks, [each.combined for each in candidates], OTHER)
    inertia = _line("Inertia (elbow)", ks, [each.inertia for each in candidates], PALETTE[3])
    inertia.update(yaxis="y2", line={"dash": "dot"})
    return figure(
        [silhouette, combined, inertia],
        **LEGEND,
        height=340,
        xaxis={"title": {"text": "Number of clusters, k"}, "dtick": 1},
        yaxis={"title": {"text": "Score"}, "rangemode": "tozero"},
        yaxis2=second_axis("Inertia"),
        shapes=[
            {
                "type": "line",
                "x0": chosen,
                "x1": chosen,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"dash": "dash", "color": "#8f99a6"},
            }
        ],
    )


def sizes(clusters: Sequence[ClusterRow], colours: Mapping[int, str]) -> str:
    """Return the bars of the customers of each cluster."""
    bar = go.Bar(
        x=[each.customers for each in clusters],
        y=[label_of(each.cluster) for each in clusters],
        orientation="h",
        marker={"color": [colours[each.cluster] for each in clusters]},
        hovertemplate="%{y}: %{x:,} customers<extra></extra>",
    )
    return figure([bar], height=90 + 34 * len(clusters), yaxis={"autorange": "reversed"})


def _line(name: str, x: Sequence[int], y: Sequence[float], colour: str) -> Any:
    hover = "k = %{x}: " + name + " %{y:,.4~g}<extra></extra>"
    return go.Scatter(name=name, x=x, y=y, mode="lines+markers", marker={"color": colour}, hovertemplate=hover)
