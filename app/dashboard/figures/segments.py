"""Figures of segments: bars of customers and revenue, the heat map of the three features, one segment over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from plotly import graph_objects as go

from app.api.segments.routes import SegmentRow
from app.dashboard.figures.figure import ACCENT, LEGEND, OTHER, figure, plain, second_axis

FEATURES: Final = (("recency", "Recency, days"), ("frequency", "Orders"), ("monetary", "Revenue"))
ROW_PIXELS: Final = 30
MAX_LABELS: Final = 8
HEAT: Final = (((0.0), "#2f6f9f"), (0.5, "#e9e4d8"), (1.0, "#b5522f"))


@dataclass(frozen=True, slots=True)
class DayOfSegment:
    """Customers and revenue of a segment at the end of a day."""

    as_of: date
    customers: int
    revenue: Decimal


def trend(days: Sequence[DayOfSegment]) -> str:
    """Return the lines of customers and revenue of a segment over time, each on an axis of its own."""
    x = [each.as_of for each in days]
    customers = go.Scatter(name="Customers", x=x, y=[each.customers for each in days], line={"color": OTHER})
    revenue = go.Scatter(name="Revenue", x=x, y=[float(each.revenue) for each in days], line={"color": ACCENT})
    customers.update(mode="lines+markers", hovertemplate="%{x|%d %b %Y}<br>%{y:,} customers<extra></extra>")
    revenue.update(mode="lines+markers", hovertemplate="%{x|%d %b %Y}<br>%{y:,.2f}<extra></extra>", yaxis="y2")
    return figure(
        [customers, revenue],
        **LEGEND,
        height=320,
        xaxis={"tickvals": x, "tickformat": "%d %b %Y"} if len(x) <= MAX_LABELS else {},
        yaxis={"title": {"text": "Customers"}, "rangemode": "tozero"},
        yaxis2=second_axis("Revenue", rangemode="tozero"),
    )


def shares(segments: Sequence[SegmentRow]) -> str:
    """Return the bars of the shares of customers and of revenue by segment, the largest revenue on top."""
    names = [plain(each.segment) for each in segments]
    bars = [
        _bar("Customers", names, [each.share for each in segments], OTHER),
        _bar("Revenue", names, [each.revenue_share for each in segments], ACCENT),
    ]
    return figure(
        bars,
        **LEGEND,
        barmode="group",
        height=_height(len(segments), 2),
        xaxis={"tickformat": ".0%"},
        yaxis={"autorange": "reversed"},
    )


def heat_map(segments: Sequence[SegmentRow]) -> str:
    """Return the heat map of the median of each feature relative to the largest median of the segments.

    The script of the page formats the texts like the numbers of tables, by the `formats` of the columns.
    """
    currency = next((each.currency for each in segments), None)
    rows: list[list[float | None]] = []
    texts: list[list[float | None]] = []
    largest = {name: max((_median(each, name) or 0.0 for each in segments), default=0.0) or 1.0 for name, _ in FEATURES}
    for each in segments:
        medians = [_median(each, name) for name, _ in FEATURES]
        rows.append(
            [
                None if median is None else median / largest[name]
                for median, (name, _) in zip(medians, FEATURES, strict=True)
            ]
        )
        texts.append(medians)
    trace = go.Heatmap(
        z=rows,
        x=[label for _, label in FEATURES],
        y=[plain(each.segment) for each in segments],
        text=texts,
        meta={
            "formats": [{"kind": "decimal"}, {"kind": "decimal"}, {"kind": "money", "digits": 2, "currency": currency}]
        },
        texttemplate="%{text}",
        colorscale=[list(stop) for stop in HEAT],
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="%{y}<br>%{x}: median %{text}<extra></extra>",
    )
    return figure([trace], height=_height(len(segments), 1), yaxis={"autorange": "reversed"}, xaxis={"side": "top"})


def _bar(name: str, names: Sequence[str], values: Sequence[float], colour: str) -> Any:
    return go.Bar(
        name=name,
        x=values,
        y=names,
        orientation="h",
        marker={"color": colour},
        hovertemplate="%{y}<br>" + name + ": %{x:.1%}<extra></extra>",
    )


def _median(segment: SegmentRow, name: str) -> float | None:
    value = getattr(segment, f"median_{name}")
    return None if value is None else float(value)


def _height(rows: int, bars: int) -> int:
    return max(160, 70 + rows * (ROW_PIXELS + 8 * (bars - 1)))
