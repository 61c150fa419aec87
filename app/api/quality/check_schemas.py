"""Schemas of quality checks."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, Field

from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.schemas import Moment, Page, example, list_example
from app.quality.checks.tables import CheckOutcome
from app.settings.check_list import CheckName, SeveritySetting

RESULT_EXAMPLE: Final[dict[str, Any]] = {
    "check": "volume",
    "source": "sales",
    "item": "",
    "day": "2026-04-30",
    "value": 412.0,
    "expected_low": 870.0,
    "expected_high": 2030.0,
    "outcome": "fail",
    "message": "Thursday 2026-04-30 has 412 rows, expected 870 to 2,030: check whether the file is complete, and send "
    "it again if it is not",
    "run_id": "5c9d1f86-6c21-4d3c-8f3d-2ac5a8e3a2c4",
    "checked_at": "2026-05-01T02:00:05.004700Z",
}


class RecordedCheck(BaseModel):
    """Result of a quality check about a source."""

    check: CheckName
    source: str
    item: Annotated[str, Field(description="Column that the result of blank_share is about; else empty.")]
    day: Annotated[date | None, Field(description="Day of sales that the result is about; null for none.")]
    value: Annotated[float | None, Field(description="Measured value; null without data.")]
    expected_low: Annotated[float | None, Field(description="Least expected value; null for no limit.")]
    expected_high: Annotated[float | None, Field(description="Largest expected value; null for no limit.")]
    outcome: Annotated[
        CheckOutcome,
        Field(description="warn or fail: a problem, by the severity of the check; no_data: nothing to compare with."),
    ]
    message: Annotated[str, Field(description="Finding, with the remedy of a problem.")]
    run_id: Annotated[UUID, Field(description="Run in which the check was executed.")]
    checked_at: Moment


class CheckState(RecordedCheck):
    """Latest result of a quality check about a source."""

    measures: Annotated[str, Field(description="What the check measures.")]
    severity: Annotated[
        SeveritySetting,
        Field(description="Outcome of a problem, by the settings of the server; off: it is no longer checked."),
    ]
    since: Annotated[Moment, Field(description="Time since which the check has this outcome.")]


class CheckStateList(NullableFreshness, Page[CheckState]):
    """A page of the latest results of quality checks."""

    model_config = example(
        list_example(
            {
                **RESULT_EXAMPLE,
                "measures": "rows of a day, compared with the same weekday of the eight weeks before",
                "severity": "fail",
                "since": "2026-05-01T02:00:05.004700Z",
            },
            extra=FRESHNESS_EXAMPLE,
        )
    )


class RecordedCheckList(NullableFreshness, Page[RecordedCheck]):
    """A page of results of quality checks, the newest first."""

    model_config = example(list_example(RESULT_EXAMPLE, extra=FRESHNESS_EXAMPLE))
