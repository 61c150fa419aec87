"""Declarations of the quality checks, one each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from app.quality.checks.days import check_customer_share, check_revenue, check_volume
from app.quality.checks.files import (
    check_blank_share,
    check_columns,
    check_freshness,
    check_future_dates,
    check_repeated_invoices,
)
from app.quality.checks.finding import CheckFinding
from app.quality.checks.measured import MeasuredSource
from app.settings.check_list import CheckName, CheckSeverity, Severities, SeveritySetting


@dataclass(frozen=True, slots=True)
class Check:
    """A quality check.

    Attributes:
        measures: what it measures, as shown by the API.
        severity: outcome of a problem, unless a setting has another.
        find: function that returns the findings about a source.
    """

    name: CheckName
    measures: str
    severity: CheckSeverity
    find: Callable[[MeasuredSource], Iterable[CheckFinding]]

    def severity_in(self, severities: Severities) -> SeveritySetting:
        """Return the severity of a setting, else the declared one."""
        return severities.of.get(self.name, self.severity)


CHECKS: Final = (
    Check("freshness", "days whose file was not loaded by its time", "fail", check_freshness),
    Check("volume", "rows of a day, compared with the same weekday of the eight weeks before", "warn", check_volume),
    Check(
        "revenue", "revenue of a day, compared with the same weekday of the eight weeks before", "warn", check_revenue
    ),
    Check("blank_share", "share of blank values of a column, compared with earlier files", "warn", check_blank_share),
    Check("columns", "columns that are new or missing since the file before", "fail", check_columns),
    Check("customer_share", "share of the largest customer in the revenue of a day", "warn", check_customer_share),
    Check("future_dates", "rows dated after today", "warn", check_future_dates),
    Check("repeated_invoices", "invoices that are in several files", "warn", check_repeated_invoices),
)
BY_NAME: Final = {check.name: check for check in CHECKS}
