"""Figures of sales over time: revenue and growth, customers, countries, and the heat map of cohorts."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from plotly import graph_objects as go

from app.api.trends.schemas import CohortMonth, MonthlyCohort, SalesOfCountry, SalesOfPeriod
from app.dashboard.figures.figure import ACCENT, LEGEND, OTHER, PALETTE, figure, plain, second_axis

INCOMPLETE: Final = 0.45
RETENTION: Final = ((0.0, "#e9e4d8"), (0.5, "#8fb8cf"), (1.0, "#2f6f9f"))
NO_COUNTRY: Final = "No country"
HEIGHT: Final = 340
MAX_LABELS: Final = 14
"""Periods of which each has its label on the axis; the labels of more are chosen by the browser."""


def is_unfinished(last: date, through: date | None) -> bool:
    """Return whether the sales of a period may be incomplete, by its last day."""
    return through is not None and last > through


def is_unfinished_month(first: date, through: date | None) -> bool:
    """Return whether the sales of a month may be incomplete, by its first day."""
    return is_unfinished(first.replace(day=monthrange(first.year, first.month)[1]), through)


def revenue(periods: Sequence[SalesOfPeriod], through: date | None, currency: str | None) -> str:
    """Return the bars of revenue by period and the line of its growth; an incomplete one is paler, without growth."""
    starts = [each.period_start for each in periods]
    bars = go.Bar(
        name="Revenue",
        x=starts,
        y=[float(each.revenue) for each in periods],
        marker={"color": ACCENT, "opacity": _opacities(periods, through)},
        hovertemplate="%{x|%d %b %Y}<br>Revenue %{y:,.2f}<extra></extra>",
    )
    growth = go.Scatter(
        name="Growth",
        x=starts,
        y=[None if is_unfinished(each.period_end, through) else each.growth for each in periods],
        yaxis="y2",
        mode="lines+markers",
        line={"color": OTHER},
        hovertemplate="%{x|%d %b %Y}<br>Growth %{y:+.1%}<extra></extra>",
    )
    return figure(
        [bars, growth],
        **LEGEND,
        height=HEIGHT,
        xaxis=_axis(starts),
        yaxis={"title": {"text": plain(f"Revenue, {currency}" if currency else "Revenue")}},
        yaxis2=second_axis(
            "Growth", tickformat="+.3~%", rangemode="tozero", visible=any(each is not None for each in growth.y)
        ),
    )


def customers(periods: Sequence[SalesOfPeriod], through: date | None) -> str:
    """Return the stacked bars of new and returning customers, which add up to all customers of a period."""
    counts = {
        "New": ([each.new_customers for each in periods], OTHER),
        "Returning": ([each.customers - each.new_customers for each in periods], ACCENT),
    }
    starts, opacities = [each.period_start for each in periods], _opacities(periods, through)
    bars = [
        go.Bar(
            name=name,
            x=starts,
            y=values,
            marker={"color": colour, "opacity": opacities},
            hovertemplate="%{x|%d %b %Y}<br>" + name + " %{y:,}<extra></extra>",
        )
        for name, (values, colour) in counts.items()
    ]
    return figure(bars, **LEGEND, barmode="stack", height=HEIGHT, xaxis=_axis(starts))


def countries(periods: Sequence[SalesOfPeriod], found: Mapping[str, Sequence[SalesOfCountry]]) -> str:
    """Return the lines of revenue of some countries; a period without sales to a country is 0."""
    starts = [each.period_start for each in periods]
    lines = []
    for number, (country, rows) in enumerate(found.items()):
        amounts = {each.period_start: float(each.revenue) for each in rows}
        lines.append(
            go.Scatter(
                name=plain(country),
                x=starts,
                y=[amounts.get(start, 0.0) for start in starts],
                mode="lines+markers",
                line={"color": PALETTE[number % len(PALETTE)]},
                hovertemplate="%{x|%d %b %Y}<br>%{y:,.2f}",
            )
        )
    return figure(lines, **LEGEND, height=HEIGHT, xaxis=_axis(starts))


def cohorts(found: Sequence[MonthlyCohort], through: date | None) -> str:
    """Return the heat map of the share of each cohort that purchased again, by months since the first purchase.

    The shares of an incomplete month have an asterisk.
    """
    last = max((month.months_since for each in found for month in each.months), default=0)
    columns = list(range(last + 1))
    rows = [{month.months_since: month for month in each.months} for each in found]
    shares = [[row[column].share if column in row else None for column in columns] for row in rows]
    texts = [[_share(row.get(column), through) for column in columns] for row in rows]
    # The first month is 100 % by definition: the scale is that of the months after it.
    largest = max((share for row in shares for share in row[1:] if share is not None), default=0.0)
    trace = go.Heatmap(
        z=shares,
        x=columns,
        y=[f"{each.cohort:%Y-%m}" for each in found],
        text=texts,
        texttemplate="%{text}",
        colorscale=[list(stop) for stop in RETENTION],
        zmin=0,
        zmax=largest or 1.0,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverongaps=False,
        hovertemplate="First purchase in %{y}<br>%{x} months later: %{text}<extra></extra>",
    )
    return figure(
        [trace],
        height=max(180, 90 + 30 * len(found)),
        xaxis={"side": "top", "title": {"text": "Months since the first purchase (* so far)"}, "dtick": 1},
        yaxis={"autorange": "reversed", "type": "category"},
    )


def _share(month: CohortMonth | None, through: date | None) -> str:
    if month is None:
        return ""
    return f"{month.share:.0%}{'*' if is_unfinished_month(month.month, through) else ''}"


def _opacities(periods: Sequence[SalesOfPeriod], through: date | None) -> list[float]:
    return [INCOMPLETE if is_unfinished(each.period_end, through) else 1.0 for each in periods]


def _axis(starts: Sequence[date]) -> dict[str, Any]:
    is_monthly = all(start.day == 1 for start in starts)
    labels = {"tickvals": list(starts), "tickformat": "%b %Y" if is_monthly else "%d %b"}
    return labels if len(starts) <= MAX_LABELS else {}
