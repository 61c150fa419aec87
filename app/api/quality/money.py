"""Money by file and invoice date, and warnings about the rows of files."""

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import Field, TypeAdapter
from sqlalchemy import BigInteger, Date, Numeric, column, func, select, table
from sqlalchemy.dialects.postgresql import JSONB

from app.api.core.dependencies import ReaderDependency, Text
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page, where_equal
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.scopes import requires_scope
from app.api.quality.files import FileId
from app.api.quality.money_schemas import FileMoneyList, WarningList
from app.api.quality.routes import NO_DATE, DateFilters
from app.db.param_types import Day, Integer64
from app.pipeline.ledger import address, files
from app.pipeline.tables import source_file
from app.quality.file_warnings import describe
from app.quality.tables import OUTCOMES, FileWarning, file_warning

router = APIRouter(prefix="/v1/quality", tags=["quality"], responses=problems(INVALID_CURSOR, INVALID))
BY_FILE_AND_DATE: Final = Keyset(("file_id", "sort_date"), TypeAdapter(tuple[Integer64, date]))
BY_WARNING: Final = Keyset(("file_id", "kind", "rule"), TypeAdapter(tuple[Integer64, Text, Text]))
money = table(
    "money",
    column("file_id", BigInteger),
    column("invoice_date", Date),
    column("rows", BigInteger),
    column("money", Numeric),
    *(column(f"{outcome}_rows", BigInteger) for outcome in OUTCOMES),
    *(column(outcome, Numeric) for outcome in OUTCOMES if outcome != "skipped"),
    column("reasons", JSONB),
    schema="quality",
)


class MoneyFilters(DateFilters):
    """Filters of money by file and invoice date."""

    file_id: Annotated[FileId | None, Field(description="From this file.")] = None
    invoice_date: Annotated[Day | None, Field(description="On this date.")] = None


class WarningFilters(PageParamsWithTotal):
    """Filters of warnings."""

    file_id: Annotated[FileId | None, Field(description="About this file.")] = None
    kind: Annotated[FileWarning | None, Field(description="Of this kind.")] = None


@router.get("/money", summary="List money by file and invoice date")
@requires_scope("quality:read")
async def list_money(reader: ReaderDependency, query: Annotated[MoneyFilters, Query()]) -> FileMoneyList:
    """List rows and money of each active file by date of sale and outcome, and of quarantined rows by reason.

    `counted` minus `returned`, summed over all files, is the money of all customers: invoices in several files are in
    each of them.
    """
    c = money.c
    sort_date = func.coalesce(c.invoice_date, NO_DATE, type_=Date).label("sort_date")
    statement = select(money, sort_date, address.label("source_file")).join_from(
        money, files, source_file.c.id == c.file_id
    )
    equal = {c.file_id: query.file_id, c.invoice_date: query.invoice_date}
    statement = query.within(where_equal(statement, equal), c.invoice_date)
    return FileMoneyList.model_validate(await read_page(reader, statement, BY_FILE_AND_DATE, query, "money"))


@router.get("/warnings", summary="List warnings about rows")
@requires_scope("quality:read")
async def list_warnings(reader: ReaderDependency, query: Annotated[WarningFilters, Query()]) -> WarningList:
    """List warnings about rows of active files that are probably wrong, or whose money is unknown."""
    c = file_warning.c
    statement = select(file_warning, address.label("source_file")).join_from(
        file_warning, files, source_file.c.id == c.file_id
    )
    statement = where_equal(statement, {c.file_id: query.file_id, c.kind: query.kind})
    page = await read_page(reader, statement, BY_WARNING, query, "warnings")
    described = [{**row, "message": describe(reader.contract, row)} for row in page["data"]]
    return WarningList.model_validate({**page, "data": described})
