"""Construction of plotly figures without its default template; colours of text and axes are set by the page."""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

from plotly import graph_objects as go

ACCENT: Final = "#2f83b5"
OTHER: Final = "#c98a2b"
PALETTE: Final = (
    *("#2f83b5", "#c98a2b", "#3d9970", "#b5527a", "#7a68b3", "#8c7a5b"),
    *("#4aa8a8", "#b3574a", "#6f8f3a", "#5b6f8c"),
)
MARGIN: Final = {"l": 8, "r": 16, "t": 8, "b": 8}
LEGEND: Final[dict[str, Any]] = {
    "showlegend": True,
    "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    "margin": {"l": 8, "r": 16, "t": 36, "b": 8},
}
"""Layout of a figure with its legend above."""


def second_axis(title: str, **others: Any) -> dict[str, Any]:
    """Return an axis on the right, for values of another unit."""
    ticks = {"tickmode": "auto"}  # not those of the first axis, where values of this one are odd
    return {"title": {"text": title}, "overlaying": "y", "side": "right", "showgrid": False, **ticks, **others}


def plain(text: str) -> str:
    """Return a text that plotly shows as it is: it interprets tags such as `<a>` and `<br>` in labels."""
    return escape(text, quote=False)


def figure(traces: Iterable[Any], **layout: Any) -> str:
    """Return a figure as JSON.

    Args:
        traces: plotly traces.
        layout: properties of the layout; axes get room for their labels.
    """
    return subplots(go.Figure(list(traces)), **layout)


def subplots(built: Any, **layout: Any) -> str:
    """Return a figure, which may have several pairs of axes, as JSON."""
    built.update_layout({"template": None, "margin": MARGIN, "showlegend": False, **layout})
    built.update_xaxes(automargin=True, fixedrange=True)
    built.update_yaxes(automargin=True, fixedrange=True)
    return str(built.to_json())
