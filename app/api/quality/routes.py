"""Data quality: measurements by date and file, and quarantined rows."""

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import Field, TypeAdapter
from sqlalchemy import BigInteger, ColumnElement, Date, Numeric, Select, TableClause, column, func, select, table
from sqlalchemy import Text as SqlText
from sqlalchemy.types import TypeEngine

from app.api.core.dependencies import ReaderDependency, Text
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page, where_equal
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.scopes import requires_scope
from app.api.quality.files import FileId
from app.api.quality.schemas import (
    BronzeDailyList,
    DailyCountList,
    DailyExpectationList,
    ExpectationList,
    LayerComparisonList,
    QuarantinedList,
)
from app.db.param_types import Day, Integer32, Integer64
from app.pipeline.expectation_results import results_of_files
from app.pipeline.ledger import address, files
from app.pipeline.quarantined_rows import select_rows
from app.pipeline.superseded_rows import superseded_by_invoice_date, superseded_by_processing_date
from app.pipeline.tables import source_file
from app.quality.tables import DEFECTS, Layer, expectation_results, file_profile
from app.silver.selection import QuarantineFilter
from app.silver.tables import QuarantineStatus

router = APIRouter(prefix="/v1/quality", tags=["quality"], responses=problems(INVALID_CURSOR, INVALID))
NO_DATE: Final = date.max


def _view(name: str, **columns: type[TypeEngine[Any]]) -> TableClause:
    return table(name, *(column(each, kind) for each, kind in columns.items()), schema="quality")


counts: dict[str, type[TypeEngine[Any]]] = {**dict.fromkeys(("rows", *DEFECTS), BigInteger), "money": Numeric}
bronze_daily = _view(
    "bronze_daily", processing_date=Date, files=BigInteger, distinct_invoice_dates=BigInteger, score=Numeric, **counts
)
layer_comparison = _view("layer_comparison", processing_date=Date, layer=SqlText, **counts)
daily_counts = _view("daily_counts", invoice_date=Date, layer=SqlText, rows=BigInteger, money=Numeric)
BY_DATE: Final = Keyset(("processing_date",), TypeAdapter(tuple[date]))
BY_DATE_AND_LAYER: Final = Keyset(("processing_date", "layer"), TypeAdapter(tuple[date, Text]))
BY_INVOICE_DATE: Final = Keyset(("sort_date", "layer"), TypeAdapter(tuple[date, Text]))
BY_EXPECTATION: Final = Keyset(("file_id", "expectation"), TypeAdapter(tuple[Integer64, Text]))
BY_DATE_AND_EXPECTATION: Final = Keyset(("processing_date", "expectation"), TypeAdapter(tuple[date, Text]))
BY_LINE: Final = Keyset(("file_id", "line_no"), TypeAdapter(tuple[Integer64, Integer32]))


class DateFilters(PageParamsWithTotal):
    """Filters by date."""

    since: Annotated[Day | None, Field(alias="from", description="On this date or later.")] = None
    until: Annotated[Day | None, Field(alias="to", description="On this date or earlier.")] = None

    def within(self, statement: Select[Any], day: ColumnElement[date | None]) -> Select[Any]:
        """Return the statement for these dates."""
        if self.since is not None:
            statement = statement.where(day >= self.since)
        return statement if self.until is None else statement.where(day <= self.until)


class ProcessingDateFilters(DateFilters):
    """Filters by the date on which files were processed."""

    processing_date: Annotated[Day | None, Field(description="On this date.")] = None


class ProcessingDateAndLayerFilters(ProcessingDateFilters):
    """Filters by processing date and layer."""

    layer: Annotated[Layer | None, Field(description="Of this layer.")] = None


class InvoiceDateAndLayerFilters(DateFilters):
    """Filters by invoice date and layer."""

    invoice_date: Annotated[Day | None, Field(description="On this date.")] = None
    layer: Annotated[Layer | None, Field(description="Of this layer.")] = None


class DailyExpectationFilters(ProcessingDateFilters):
    """Filters of expectations by processing date."""

    expectation: Annotated[Text | None, Field(description="Of this expectation.")] = None


class ExpectationFilters(DailyExpectationFilters):
    """Filters of expectations."""

    file_id: Annotated[FileId | None, Field(description="From this file.")] = None


class QuarantinedRowFilters(PageParamsWithTotal):
    """Filters of quarantined rows."""

    file_id: Annotated[FileId | None, Field(description="From this file.")] = None
    expectation: Annotated[Text | None, Field(description="Failed this expectation.")] = None
    status: Annotated[QuarantineStatus | None, Field(description="With this status.")] = None
    invoice_date: Annotated[
        Day | None, Field(description="With this date of sale; rows without a readable date have none.")
    ] = None
    processing_date: Annotated[Day | None, Field(description="From files received on this date (UTC).")] = None
    source_file: Annotated[Text | None, Field(description="From the file with this key or URL.")] = None

    def selection(self) -> QuarantineFilter:
        """Return the filter as a QuarantineFilter."""
        return QuarantineFilter(**self.model_dump(exclude={"limit", "cursor", "include"}))


@router.get("/bronze-daily", summary="List received rows by processing date")
@requires_scope("quality:read")
async def list_bronze_daily(
    reader: ReaderDependency, query: Annotated[ProcessingDateFilters, Query()]
) -> BronzeDailyList:
    """List rows, files and defects received on each processing date, with a score in percent."""
    day, superseded = bronze_daily.c.processing_date, superseded_by_processing_date()
    sums = (func.coalesce(superseded.c[name], 0).label(f"superseded_{name}") for name in ("rows", "money"))
    joined = select(bronze_daily, *sums).outerjoin_from(bronze_daily, superseded, superseded.c.processing_date == day)
    statement = query.within(where_equal(joined, {day: query.processing_date}), day)
    return BronzeDailyList.model_validate(await read_page(reader, statement, BY_DATE, query, "bronze-daily"))


@router.get("/layer-comparison", summary="Compare bronze and silver")
@requires_scope("quality:read")
async def list_layer_comparison(
    reader: ReaderDependency, query: Annotated[ProcessingDateAndLayerFilters, Query()]
) -> LayerComparisonList:
    """List rows and defects of each layer by processing date; silver has no defects except missing customers."""
    c = layer_comparison.c
    equal = {c.processing_date: query.processing_date, c.layer: query.layer}
    statement = query.within(where_equal(select(layer_comparison), equal), c.processing_date)
    page = await read_page(reader, statement, BY_DATE_AND_LAYER, query, "layer-comparison")
    return LayerComparisonList.model_validate(page)


@router.get("/daily-counts", summary="List row counts by invoice date")
@requires_scope("quality:read")
async def list_daily_counts(
    reader: ReaderDependency, query: Annotated[InvoiceDateAndLayerFilters, Query()]
) -> DailyCountList:
    """List the number of rows of each layer by date of sale; rows without a readable date are last, with date null."""
    c, superseded = daily_counts.c, superseded_by_invoice_date()
    sums = (func.coalesce(superseded.c[name], 0).label(f"superseded_{name}") for name in ("rows", "money"))
    is_same = superseded.c.invoice_date.is_not_distinct_from(c.invoice_date) & (superseded.c.layer == c.layer)
    sort_date = func.coalesce(c.invoice_date, NO_DATE, type_=Date).label("sort_date")
    joined = select(daily_counts, sort_date, *sums).outerjoin_from(daily_counts, superseded, is_same)
    equal = {c.invoice_date: query.invoice_date, c.layer: query.layer}
    statement = query.within(where_equal(joined, equal), c.invoice_date)
    return DailyCountList.model_validate(await read_page(reader, statement, BY_INVOICE_DATE, query, "daily-counts"))


@router.get("/expectations", summary="List expectation results")
@requires_scope("quality:read")
async def list_expectations(reader: ReaderDependency, query: Annotated[ExpectationFilters, Query()]) -> ExpectationList:
    """List the number of rows of each file that passed and failed each expectation of the data contract."""
    e, p = expectation_results.c, file_profile.c
    statement = (
        select(expectation_results, address.label("source_file"), p.processing_date)
        .join_from(expectation_results, files, source_file.c.id == e.file_id)
        .join(file_profile, (p.file_id == e.file_id) & (p.layer == "bronze"))
    )
    equal = {
        e.file_id: query.file_id,
        e.expectation: query.expectation,
        p.processing_date: query.processing_date,
    }
    statement = query.within(where_equal(statement, equal), p.processing_date)
    page = await read_page(reader, statement, BY_EXPECTATION, query, "expectations")
    return ExpectationList.model_validate(page)


@router.get("/daily-expectations", summary="List expectation results by processing date")
@requires_scope("quality:read")
async def list_daily_expectations(
    reader: ReaderDependency, query: Annotated[DailyExpectationFilters, Query()]
) -> DailyExpectationList:
    """List the number of rows received on each processing date that passed and failed each expectation.

    Expectations on required columns are listed always, others if a row of any file fails them. The sums include all
    files of the contracts that have the expectation, also those in which no row fails.
    """
    r = results_of_files(query.expectation).c
    sums = (func.sum(each).label(each.name) for each in (r.passed, r.failed, r.money))
    statement = select(r.processing_date, r.expectation, func.count().label("files"), *sums).group_by(
        r.processing_date, r.expectation
    )
    statement = query.within(where_equal(statement, {r.processing_date: query.processing_date}), r.processing_date)
    page = await read_page(reader, statement, BY_DATE_AND_EXPECTATION, query, "daily-expectations")
    return DailyExpectationList.model_validate(page)


@router.get("/quarantine", summary="List quarantined rows")
@requires_scope("quality:read")
async def list_quarantine(
    reader: ReaderDependency, query: Annotated[QuarantinedRowFilters, Query()]
) -> QuarantinedList:
    """List every row that failed an expectation, as received, with all reasons, by file and line.

    Rows with the status `replayed` were loaded into silver.
    """
    page = await read_page(reader, select_rows(query.selection()), BY_LINE, query, "quarantine")
    return QuarantinedList.model_validate(page)
