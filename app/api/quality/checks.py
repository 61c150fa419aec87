"""Quality checks: latest results, and those of every run."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, TypeAdapter
from sqlalchemy import Select, Table, select

from app.api.core.dependencies import ReaderDependency, Text
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page, where_equal
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.scopes import requires_scope
from app.api.quality.check_schemas import CheckStateList, RecordedCheckList
from app.quality.checks.declarations import BY_NAME
from app.quality.checks.tables import CheckOutcome, check_result, check_state
from app.settings.check_list import CheckName

router = APIRouter(prefix="/v1/quality", tags=["quality"], responses=problems(INVALID_CURSOR, INVALID))
BY_SUBJECT: Final = Keyset(("check", "source", "item"), TypeAdapter(tuple[Text, Text, Text]))
NEWEST_FIRST: Final = Keyset(
    ("checked_at", "run_id", "check", "source", "item"),
    TypeAdapter(tuple[datetime, UUID, Text, Text, Text]),
    is_descending=True,
)


class CheckFilters(PageParamsWithTotal):
    """Filters of results of quality checks."""

    check: Annotated[CheckName | None, Field(description="Of this check.")] = None
    source: Annotated[Text | None, Field(description="About this source.")] = None
    outcome: Annotated[list[CheckOutcome] | None, Field(description="With one of these outcomes.")] = None

    def within(self, table: Table) -> Select[Any]:
        """Return the statement of these results."""
        c = table.c
        shown = (c.source, c.item, c.day, c.value, c.expected_low, c.expected_high, c.outcome, c.message)
        found = select(c.check_name.label("check"), *shown, c.run_id, c.checked_at)
        return where_equal(found, {c.check_name: self.check, c.source: self.source, c.outcome: self.outcome})


@router.get("/checks", summary="List latest results of quality checks")
@requires_scope("quality:read")
async def list_checks(reader: ReaderDependency, query: Annotated[CheckFilters, Query()]) -> CheckStateList:
    """List the latest result of each quality check about each source, with the remedy of each problem.

    Checks run after every ingest that changed data, and every 15 minutes.
    """
    statement = query.within(check_state).add_columns(check_state.c.since)
    page = await read_page(reader, statement, BY_SUBJECT, query, "checks")
    severities = reader.settings.quality_checks
    checks = [BY_NAME[row["check"]] for row in page["data"]]
    described = [
        {**row, "measures": check.measures, "severity": check.severity_in(severities)}
        for check, row in zip(checks, page["data"], strict=True)
    ]
    return CheckStateList.model_validate({**page, "data": described})


@router.get("/check-results", summary="List results of quality checks")
@requires_scope("quality:read")
async def list_check_results(reader: ReaderDependency, query: Annotated[CheckFilters, Query()]) -> RecordedCheckList:
    """List the results of quality checks of every run, the newest first.

    Runs of the schedule record only results that differ from the latest ones.
    """
    page = await read_page(reader, query.within(check_result), NEWEST_FIRST, query, "check-results")
    return RecordedCheckList.model_validate(page)
