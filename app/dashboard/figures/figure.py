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


def plain(text: str) -> str:
    """Return a text that plotly shows as it is: it interprets tags such as `<a>` and `<br>` in labels."""
    return escape(text, quote=False)


def figure(traces: Iterable[Any], **layout: Any) -> str:
    """Return a figure as JSON.

    Args:
        traces: plotly traces.
        layout: properties of the layout; axes get room for their labels.
    """
    built = go.Figure(list(traces), {"template": None, "margin": MARGIN, "showlegend": False, **layout})
    built.update_xaxes(automargin=True, selector=None)
    built.update_yaxes(automargin=True, selector=None)
    built.update_xaxes(fixedrange=True)
    built.update_yaxes(fixedrange=True)
    return str(built.to_json())
