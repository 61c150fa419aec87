"""Figures of data quality: rows by date of sale, defects by kind, and failed expectations by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from plotly import graph_objects as go

from app.api.quality.schemas import DailyCount, DailyExpectation, Defects, LayerComparison
from app.dashboard.figures.figure import ACCENT, LEGEND, OTHER, PALETTE, figure, plain

DEFECTS: Final = tuple(Defects.model_fields)
LAYER_COLOURS: Final = {"bronze": OTHER, "silver": ACCENT}


@dataclass(frozen=True, slots=True)
class DayOfSales:
    """Rows and money of one date of sale in both layers.

    Attributes:
        day: date of sale.
        bronze, silver: number of rows, without those of superseded file versions; 0 without any.
        bronze_money, silver_money: sum of their absolute totals.
    """

    day: date
    bronze: int
    silver: int
    bronze_money: Decimal
    silver_money: Decimal

    @property
    def difference(self) -> int:
        """Rows that are not in silver: quarantined or skipped."""
        return self.bronze - self.silver


def days_of_sales(counts: Sequence[DailyCount]) -> list[DayOfSales]:
    """Return one row for each date of sale, the newest first, from the counts of each layer.

    Dates that are in superseded file versions only, such as corrected ones, are left out.
    """
    counts = [each for each in counts if each.rows > each.superseded_rows]
    found = {(each.invoice_date, each.layer): each for each in counts if each.invoice_date is not None}
    rows = []
    for day in sorted({each.invoice_date for each in counts if each.invoice_date is not None}, reverse=True):
        bronze, silver = found.get((day, "bronze")), found.get((day, "silver"))
        rows.append(
            DayOfSales(
                day,
                bronze.rows - bronze.superseded_rows if bronze else 0,
                silver.rows if silver else 0,
                bronze.money - bronze.superseded_money if bronze else Decimal(),
                silver.money if silver else Decimal(),
            )
        )
    return rows


def label_of_defect(name: str) -> str:
    """Return the label of a defect, from the name of its field."""
    return name.replace("_", " ").capitalize()


def daily_rows(days: Sequence[DayOfSales]) -> str:
    """Return the lines of the rows received and the valid rows by date of sale."""
    dates = [each.day.isoformat() for each in days]
    lines = [
        go.Scatter(
            name=layer.capitalize(),
            x=dates,
            y=[getattr(each, layer) for each in days],
            mode="lines+markers",
            marker={"size": 4},
            line={"color": colour, "dash": "dot" if layer == "bronze" else "solid"},
            hovertemplate="%{x}<br>" + layer.capitalize() + ": %{y:,} rows<extra></extra>",
        )
        for layer, colour in LAYER_COLOURS.items()
    ]
    return figure(lines, **LEGEND, height=320, yaxis={"rangemode": "tozero"})


def defects(layers: Sequence[LayerComparison]) -> str:
    """Return the bars of the defects by kind in each layer."""
    names = [label_of_defect(name) for name in DEFECTS]
    bars = [
        go.Bar(
            name=each.layer.capitalize(),
            x=[getattr(each, name) for name in DEFECTS],
            y=names,
            orientation="h",
            marker={"color": LAYER_COLOURS[each.layer]},
            hovertemplate="%{y}<br>" + each.layer.capitalize() + ": %{x:,} rows<extra></extra>",
        )
        for each in layers
    ]
    return figure(
        bars,
        barmode="group",
        **LEGEND,
        height=340,
        yaxis={"autorange": "reversed"},
    )


def failed_rows(results: Sequence[DailyExpectation]) -> str:
    """Return the stacked bars of the rows that fail each expectation, by processing date."""
    names = sorted({each.expectation for each in results})
    bars = [_failed(results, name, PALETTE[index % len(PALETTE)]) for index, name in enumerate(names)]
    return figure(
        bars,
        barmode="stack",
        showlegend=True,
        height=360,
        legend={"orientation": "h", "y": -0.15, "yanchor": "top", "x": 0},
        xaxis={"type": "category"},
    )


def _failed(results: Sequence[DailyExpectation], name: str, colour: str) -> Any:
    of_name = [each for each in results if each.expectation == name]
    return go.Bar(
        name=plain(name),
        x=[each.processing_date.isoformat() for each in of_name],
        y=[each.failed for each in of_name],
        marker={"color": colour},
        hovertemplate="%{x}<br>" + plain(name) + ": %{y:,} rows fail<extra></extra>",
    )
