"""Trends: revenue with growth, customers, countries and cohorts over time."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final, get_args

from pydantic import Field

from app.api.trends.routes import CohortFilters, CountryFilters, TrendFilters, list_cohorts, list_countries, list_sales
from app.api.trends.schemas import SalesOfCountry, SalesOfPeriod, SalesTrend
from app.dashboard.figures import trends as figures
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageQuery, PageRequest
from app.db.param_types import Day
from app.gold.tables import Period

MAX_PERIODS: Final = 400
"""Periods of a page: a longer range is cut off, and the page says so."""
PAGE_LIMIT: Final = 1_000
LINES: Final = 6
DEFAULT_DAYS: Final[Mapping[Period, int | None]] = {"day": 90, "week": 7 * 52, "month": None}
"""Days before the last one that are shown without a start: 91 days, or 53 weeks, with the last one."""


class TrendsQuery(PageQuery):
    """Length of the periods, range, and the period whose countries are shown."""

    by: Period = "month"
    since: Annotated[Day | None, Field(alias="from")] = None
    until: Annotated[Day | None, Field(alias="to")] = None
    period: Annotated[Day | None, Field(description="A day of the period whose countries are shown.")] = None


async def show_trends(request: PageRequest) -> PageContent:
    """Show sales over time."""
    query = request.query(TrendsQuery)
    cohorts = await list_cohorts(
        request.reader, CohortFilters.model_validate({"from": query.since, "to": query.until, "limit": PAGE_LIMIT})
    )
    since = query.since or _default_start(query, cohorts.data_through)
    sales = await _sales(request, query, since)
    shown = _shown_period(sales, query.period)
    countries = await _countries_of(request, query, shown) if shown else []
    lines = await _lines(request, query, sales.data, countries)
    through, currency = sales.data_through, request.reader.settings.currency
    values = {
        "query": query,
        "since": since,
        "periods": sales.data,
        "is_cut": sales.has_more,
        "is_unfinished": lambda last: figures.is_unfinished(last, through),
        "is_unfinished_month": lambda first: figures.is_unfinished_month(first, through),
        "currency": currency,
        "lengths": get_args(Period),
        "length_links": _length_links(request),
        "shown": shown,
        "countries": countries,
        "lines": {name: {each.period_start: each.revenue for each in rows} for name, rows in lines.items()},
        "cohorts": cohorts.data,
        "last_month": max((each.months_since for row in cohorts.data for each in row.months), default=0),
        "no_country": figures.NO_COUNTRY,
        "kept": {"by": query.by, "from_": query.since, "to": query.until},
        "revenue_figure": figures.revenue(sales.data, through, currency),
        "customers_figure": figures.customers(sales.data, through),
        "countries_figure": figures.countries(sales.data, lines) if lines else None,
        "cohorts_figure": figures.cohorts(cohorts.data, through) if cohorts.data else None,
    }
    return PageContent("trends.html", "Trends", values, sales)


def _default_start(query: TrendsQuery, through: date | None) -> date | None:
    """Return the start of the range without `from`: of days and weeks the latest ones, of months all."""
    end, days = query.until or through, DEFAULT_DAYS[query.by]
    if end is None or days is None:
        return None
    return end - min(timedelta(days=days), end - date.min)


async def _sales(request: PageRequest, query: TrendsQuery, since: date | None) -> SalesTrend:
    filters = {"by": query.by, "from": since, "to": query.until, "limit": MAX_PERIODS}
    return await list_sales(request.reader, TrendFilters.model_validate(filters))


def _shown_period(sales: SalesTrend, day: date | None) -> SalesOfPeriod | None:
    """Return the period of a day; without one, the last complete period."""
    if day is not None:
        return next((each for each in sales.data if each.period_start <= day <= each.period_end), None)
    through = sales.data_through
    complete = [each for each in sales.data if through is not None and each.period_end <= through]
    found = complete or sales.data
    return found[-1] if found else None


async def _countries_of(request: PageRequest, query: TrendsQuery, shown: SalesOfPeriod) -> list[SalesOfCountry]:
    """Return the countries of one period by descending revenue."""
    day = shown.period_start
    filters = {"by": query.by, "from": day, "to": day, "limit": PAGE_LIMIT}
    answer = await list_countries(request.reader, CountryFilters.model_validate(filters))
    return sorted(answer.data, key=lambda each: (-each.revenue, each.country or ""))


async def _lines(
    request: PageRequest, query: TrendsQuery, periods: Sequence[SalesOfPeriod], found: Sequence[SalesOfCountry]
) -> dict[str, list[SalesOfCountry]]:
    """Return the rows of the countries with the highest revenue, in the range."""
    names = [each.country for each in found if each.country][:LINES]
    if not names:
        return {}
    filters: dict[str, Any] = {"by": query.by, "country": names, "limit": PAGE_LIMIT}
    filters |= {"from": periods[0].period_start, "to": periods[-1].period_start}
    rows: dict[str, list[SalesOfCountry]] = {name: [] for name in names}
    cursor: str | None = None
    while True:
        answer = await list_countries(request.reader, CountryFilters.model_validate({**filters, "cursor": cursor}))
        for each in answer.data:
            rows[each.country or ""].append(each)
        cursor = answer.next_cursor
        if not answer.has_more:
            return rows


def _length_links(request: PageRequest) -> dict[str, str]:
    return {by: request.address(period=None, by=None if by == "month" else by) for by in get_args(Period)}


ROUTE: Final = PageRoute("/trends", show_trends, ("segments:read",), "Trends")
