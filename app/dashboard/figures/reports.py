"""Figures of the report of a model: scores of schemes with their intervals, calibration by decile."""

from collections.abc import Sequence
from typing import Any

from plotly import graph_objects as go

from app.dashboard.figures.figure import ACCENT, LEGEND, OTHER, PALETTE, figure, plain
from app.segments.model.report.records import SCHEMES, Calibration, Interval, SchemeScore

GREY = "#8f99a6"


def scheme_scores(schemes: Sequence[SchemeScore]) -> str:
    """Return the three scores of every scheme as points with 95 % intervals."""
    names = [plain(SCHEMES.get(each.scheme, each.scheme)) for each in schemes]
    traces = [
        _points("R² spend", names, [each.r2_spend for each in schemes], ACCENT),
        _points("R² return", names, [each.r2_return for each in schemes], OTHER),
        _points("AUC return", names, [each.auc_return for each in schemes], PALETTE[2]),
    ]
    axis = {"autorange": "reversed"}
    return figure(traces, **LEGEND, height=90 + 34 * len(schemes), yaxis=axis, xaxis={"title": {"text": "Score"}})


def calibration(found: Calibration, title: str, scale: str) -> str:
    """Return the actual mean of each decile by the predicted one, and the line on which both are equal."""
    predicted, actual = [each.predicted for each in found.deciles], [each.actual for each in found.deciles]
    ends = [min(predicted + actual), max(predicted + actual)]
    points = go.Scatter(x=predicted, y=actual, mode="markers", marker={"color": ACCENT, "size": 9})
    points.update(
        text=[f"Decile {each.decile}" for each in found.deciles],
        hovertemplate="%{text}<br>predicted %{x:,.4~g}<br>actual %{y:,.4~g}<extra></extra>",
    )
    equal = go.Scatter(x=ends, y=ends, mode="lines", line={"dash": "dash", "color": GREY}, hoverinfo="skip")
    axes: dict[str, Any] = {
        "xaxis": {"title": {"text": f"{title}, predicted"}, "type": scale},
        "yaxis": {"title": {"text": f"{title}, actual"}, "type": scale},
    }
    return figure([equal, points], height=340, **axes)


def _points(name: str, names: Sequence[str], intervals: Sequence[Interval], colour: str) -> Any:
    values = [each.value for each in intervals]
    above = [_distance(each.high, each.value) for each in intervals]
    below = [_distance(each.value, each.low) for each in intervals]
    return go.Scatter(
        name=name,
        x=values,
        y=names,
        mode="markers",
        marker={"color": colour, "size": 8},
        error_x={"array": above, "arrayminus": below, "color": colour, "thickness": 1},
        hovertemplate="%{y}<br>" + name + ": %{x:.3f}<extra></extra>",
    )


def _distance(high: float | None, low: float | None) -> float:
    return 0.0 if high is None or low is None else high - low
