"""Measurements of a source with eight weeks of equal days, changed by a case."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.quality.checks.measured import MeasuredDay, MeasuredFile, MeasuredSource

DAY = date(2026, 2, 27)
NOW = datetime(2026, 2, 28, 9, tzinfo=UTC)
COLUMNS = ("Invoice", "Quantity", "Customer ID")


def key(day: date) -> str:
    return f"{day}.csv"


def file(day: date = DAY, **changed: Any) -> MeasuredFile:
    """A file of 100 rows, 20 of which have no customer."""
    given = MeasuredFile(key(day), COLUMNS, 100, {"customer_id": 20}, {day: 100}, is_new=day == DAY)
    return replace(given, **changed)


def earlier(number: int = 10) -> list[MeasuredFile]:
    return [file(DAY - timedelta(days=days)) for days in range(number, 0, -1)]


def weeks(number: int = 8, rows: int = 100, revenue: int = 1_000) -> Mapping[date, MeasuredDay]:
    """The same weekday of the weeks before."""
    varied = (-4, 4, -2, 2, 0, 1, -1, 3)
    return {
        DAY - timedelta(weeks=week): MeasuredDay(rows + varied[week - 1], Decimal(revenue + 10 * varied[week - 1]))
        for week in range(1, number + 1)
    }


def source(**given: Any) -> MeasuredSource:
    """A source without a problem, but for what the case gives."""
    usual: dict[str, Any] = {
        "files": [*earlier(), file()],
        "new_days": [DAY],
        "days": {**weeks(), DAY: MeasuredDay(101, Decimal(1_010))},
    }
    return MeasuredSource(**{"name": "sales", "now": NOW, **usual, **given})
