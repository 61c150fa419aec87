"""Sales by day, week or month, sales by country, and cohorts of customers."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import Field, TypeAdapter

from app.api.core.dependencies import Reader, ReaderDependency, Text
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, Position, read_page
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.scopes import requires_scope
from app.api.trends.schemas import CohortList, CountryTrend, SalesTrend
from app.api.trends.statements import CountryPage, in_periods, select_cohorts, select_countries, select_sales
from app.db.param_types import Day
from app.gold.tables import Period

router = APIRouter(prefix="/v1", tags=["trends"], responses=problems(INVALID_CURSOR, INVALID))
BY_PERIOD: Final = Keyset(("period_start",), TypeAdapter(tuple[date]))
BY_PERIOD_AND_COUNTRY: Final = Keyset(("period_start", "sort_country"), TypeAdapter(tuple[date, Text]))
BY_COHORT: Final = Keyset(("cohort",), TypeAdapter(tuple[date]))


class CohortFilters(PageParamsWithTotal):
    """Filters by date."""

    since: Annotated[Day | None, Field(alias="from", description="From the month of this day.")] = None
    until: Annotated[Day | None, Field(alias="to", description="To the month of this day, inclusive.")] = None


class TrendFilters(PageParamsWithTotal):
    """Length of the periods, and filters by date."""

    by: Annotated[Period, Field(description="Length of the periods; weeks begin on Monday.")] = "month"
    since: Annotated[Day | None, Field(alias="from", description="From the period of this day.")] = None
    until: Annotated[Day | None, Field(alias="to", description="To the period of this day, inclusive.")] = None


class CountryFilters(TrendFilters):
    """Length of the periods, and filters by date and country."""

    country: Annotated[
        list[Text] | None,
        Field(description="To this country; repeat the parameter for several.", max_length=50),
    ] = None


@router.get("/trends/sales", summary="List sales by period")
@requires_scope("segments:read")
async def list_sales(reader: ReaderDependency, query: Annotated[TrendFilters, Query()]) -> SalesTrend:
    """List revenue, orders and customers by day, week or month, with growth, and the sales that count towards no
    customer.

    The periods are those from the first to the last with sales. The last one may be incomplete: compare `period_end`
    with `data_through`.
    """
    statement = in_periods(query.by, select_sales(query.by), "period_start", query.since, query.until)
    return SalesTrend.model_validate(
        _with_currency(reader, await read_page(reader, statement, BY_PERIOD, query, "trends/sales"))
    )


@router.get("/trends/countries", summary="List sales by period and country")
@requires_scope("segments:read")
async def list_countries(reader: ReaderDependency, query: Annotated[CountryFilters, Query()]) -> CountryTrend:
    """List revenue, orders and customers of each country by day, week or month.

    The revenue of all countries adds up to that of the period; customers of several countries are in each of them.
    """
    name = "trends/countries"
    after = None
    if query.cursor is not None:
        start, country = Position.decode(query.cursor, query.list_name(name), BY_PERIOD_AND_COUNTRY.key_types).after
        after = (start, country)
    page = CountryPage(query.country, query.since, query.until)
    if "total" not in query.include:
        page = replace(page, after=after, limit=query.limit)
    statement = select_countries(query.by, page)
    return CountryTrend.model_validate(
        _with_currency(reader, await read_page(reader, statement, BY_PERIOD_AND_COUNTRY, query, name))
    )


@router.get("/cohorts", summary="List cohorts of customers")
@requires_scope("segments:read")
async def list_cohorts(reader: ReaderDependency, query: Annotated[CohortFilters, Query()]) -> CohortList:
    """List customers by the month of their first purchase, and how many of them purchased again in each later month."""
    statement = in_periods("month", select_cohorts(), "cohort", query.since, query.until)
    return CohortList.model_validate(
        _with_currency(reader, await read_page(reader, statement, BY_COHORT, query, "cohorts"))
    )


def _with_currency(reader: Reader, page: dict[str, Any]) -> dict[str, Any]:
    return {**page, "data": [{**row, "currency": reader.settings.currency} for row in page["data"]]}
