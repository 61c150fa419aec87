"""Measurements that quality checks compare, read from the ledger, quality and gold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from app.contract.model import Arrival, Overlap
from app.contract.plausible import date_of_key
from app.db.sql import named
from app.quality.checks.days import WEEKS, weeks_before
from app.quality.checks.measured import LargestCustomer, MeasuredDay, MeasuredFile, MeasuredSource

NEWEST_FILES: Final = 7
"""Most files of a load that are checked: a first load has years of them."""
EARLIER_FILES: Final = 28


@dataclass(frozen=True, slots=True)
class CheckedSource:
    """A source to be checked.

    Attributes:
        now: time in the zone of the source; its date is the day that counts as today.
        arrival: when its files are due; None if it is not declared.
        overlap: how the contract counts invoices that are in several files.
    """

    name: str
    now: datetime
    arrival: Arrival | None
    overlap: Overlap


def read_measurements(connection: Connection, source: CheckedSource) -> MeasuredSource:
    """Read the measurements of a source; the duration depends on the number of its files, not on that of sales."""
    values: dict[str, Any] = {"source": source.name, "newest": NEWEST_FILES, "history": EARLIER_FILES}
    files = [_file(row) for row in connection.execute(named(__package__, "read_files"), values)]
    new_days = _new_days(files, source.now.date())
    values = {"source": source.name, "today": source.now.date()}
    totals = connection.execute(named(__package__, "read_totals"), values).one()
    days_of_keys = {day for key in totals.keys_found if (day := date_of_key(key)) is not None}
    return MeasuredSource(
        name=source.name,
        now=source.now,
        arrival=source.arrival,
        days_of_files=frozenset(days_of_keys or totals.days_of_sales),
        files=files,
        new_days=new_days,
        days=_days(connection, source.name, new_days),
        largest=_largest(connection, source.name, new_days),
        future_rows=totals.future_rows,
        repeated_invoices=totals.repeated_invoices if source.overlap == "warn" else None,
    )


def _file(row: Row[Any]) -> MeasuredFile:
    days = {date.fromisoformat(day): rows for day, rows in row.days.items()}
    return MeasuredFile(row.key, row.columns, row.rows, row.nulls, days, row.is_new)


def _new_days(files: Sequence[MeasuredFile], today: date) -> list[date]:
    """Return the latest days of sales of the newest load, at most as many as files are checked."""
    found = {day for file in files if file.is_new for day in _days_of(file) if day <= today}
    return sorted(found)[-NEWEST_FILES:]


def _days_of(file: MeasuredFile) -> list[date]:
    """Return the days of a file; if its key has a date, only the day with the most rows: others may be incomplete."""
    day = date_of_key(file.key)
    if day is None:
        return [*file.days]
    return [max(file.days, key=lambda each: file.days[each])] if file.days else [day]


def _days(connection: Connection, source: str, new_days: Sequence[date]) -> Mapping[date, MeasuredDay]:
    if not new_days:
        return {}
    values = {"source": source, "since": weeks_before(new_days[0], WEEKS), "until": new_days[-1]}
    rows = connection.execute(named(__package__, "read_days"), values)
    return {row.day: MeasuredDay(int(row.rows), row.revenue) for row in rows}


def _largest(connection: Connection, source: str, new_days: Sequence[date]) -> Mapping[date, LargestCustomer]:
    if not new_days:
        return {}
    values = {"source": source, "days": [*new_days]}
    rows = connection.execute(named(__package__, "read_largest_customers"), values)
    return {row.day: LargestCustomer(row.share, row.customers) for row in rows}
