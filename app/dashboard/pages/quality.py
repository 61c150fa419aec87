"""Data quality: score, checks, defects, layers, expectations, freshness and warnings."""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from pydantic import Field

from app.api.admin.status import get_status
from app.api.quality.check_schemas import CheckState
from app.api.quality.checks import CheckFilters, list_checks
from app.api.quality.routes import (
    DailyExpectationFilters,
    InvoiceDateAndLayerFilters,
    ProcessingDateAndLayerFilters,
    ProcessingDateFilters,
    list_bronze_daily,
    list_daily_counts,
    list_daily_expectations,
    list_layer_comparison,
)
from app.api.quality.schemas import BronzeDaily, Defects
from app.dashboard.figures.quality import (
    DEFECTS,
    DayOfSales,
    daily_rows,
    days_of_sales,
    defects,
    failed_rows,
    label_of_defect,
)
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageQuery, PageRequest
from app.dashboard.pages.paging import all_rows
from app.db.param_types import Day
from app.quality.checks.tables import CheckOutcome

DAYS_OF_SALES: Final = 90
PROCESSING_DATES: Final = 30
RECEIVED_SHOWN: Final = 90
"""Processing dates of the table; the form chooses older ones."""
OUTCOMES: Final[dict[CheckOutcome, str]] = {"fail": "failed", "warn": "warning", "no_data": "not evaluated", "ok": "ok"}
"""Outcomes of checks as the page shows them, the worst first."""


class QualityQuery(PageQuery):
    """Query string of the page."""

    day: Annotated[Day | None, Field(description="Processing date that is compared.")] = None
    since: Annotated[Day | None, Field(alias="from", description="Dates of sale from this one.")] = None
    until: Annotated[Day | None, Field(alias="to", description="Dates of sale to this one.")] = None


async def show_quality(request: PageRequest) -> PageContent:
    """Show the data quality."""
    query, reader = request.query(QualityQuery), request.reader
    received = (await all_rows(list_bronze_daily, reader, ProcessingDateFilters()))[::-1]
    status = await get_status(reader, request.writer)
    day = query.day or (received[0].processing_date if received else None)
    compared = await list_layer_comparison(reader, ProcessingDateAndLayerFilters(processing_date=day))
    since = query.since or _default_start(query.until or status.data_through)
    days = await _days(request, since, query.until)
    layers = compared.data if day else []
    values = {
        "query": query,
        "since": since,
        "received": received[:RECEIVED_SHOWN],
        "processing_dates": len(received),
        "day": day,
        "chosen": next((each for each in received if each.processing_date == day), None),
        "layers": layers,
        "defects": [(name, label_of_defect(name), Defects.model_fields[name].description or "") for name in DEFECTS],
        "defects_figure": defects(layers) if layers else None,
        "days": days,
        "daily_figure": daily_rows(days) if days else None,
        **await _expectations(request, received, day),
        "checks": await _checks(request),
        "outcomes": OUTCOMES,
        "status": status,
        "currency": reader.settings.currency,
    }
    return PageContent("quality.html", "Data quality", values, compared)


def _default_start(until: date | None) -> date | None:
    return until - timedelta(days=DAYS_OF_SALES - 1) if until and until.toordinal() > DAYS_OF_SALES else None


async def _checks(request: PageRequest) -> list[CheckState]:
    """Return the latest result of each check by source, the worst first."""
    found: list[CheckState] = await all_rows(list_checks, request.reader, CheckFilters())
    order = list(OUTCOMES)
    return sorted(found, key=lambda each: (each.source, order.index(each.outcome)))


async def _days(request: PageRequest, since: date | None, until: date | None) -> list[DayOfSales]:
    filters = InvoiceDateAndLayerFilters.model_validate({"from": since, "to": until})
    return days_of_sales(await all_rows(list_daily_counts, request.reader, filters))


async def _expectations(request: PageRequest, received: list[BronzeDaily], day: date | None) -> dict[str, Any]:
    """Return the results of the chosen day, and the figure of the newest processing dates."""
    newest = received[:PROCESSING_DATES]
    first = newest[-1].processing_date if newest else None
    filters = DailyExpectationFilters.model_validate({"from": first})
    results = await all_rows(list_daily_expectations, request.reader, filters)
    if day is not None and (first is None or day < first):
        of_day = (await list_daily_expectations(request.reader, DailyExpectationFilters(processing_date=day))).data
    else:
        of_day = [each for each in results if each.processing_date == day]
    return {
        "expectations": of_day,
        "failed_by_day": results,
        "failed_figure": failed_rows(results) if any(each.failed for each in results) else None,
    }


ROUTE: Final = PageRoute("/quality", show_quality, ("quality:read",), "Quality")
