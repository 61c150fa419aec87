"""Measurements of a source that quality checks compare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from app.contract.model import Arrival


@dataclass(frozen=True, slots=True)
class MeasuredFile:
    """An active file.

    Attributes:
        columns: names of its header; None if they are unknown.
        rows: rows received; nulls: number of blank values by declared column.
        days: rows received by day of sale.
        is_new: whether the newest load of the source brought it.
    """

    key: str
    columns: Sequence[str] | None
    rows: int
    nulls: Mapping[str, int]
    days: Mapping[date, int]
    is_new: bool


@dataclass(frozen=True, slots=True)
class MeasuredDay:
    """Rows received of a day of sales, and the money of those that count."""

    rows: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class LargestCustomer:
    """Share of the customer with the most money in the revenue of a day, of so many customers."""

    share: Decimal
    customers: int


@dataclass(frozen=True, slots=True)
class MeasuredSource:
    """Measurements of one source.

    Attributes:
        now: time in the zone of the source.
        arrival: when its files are due; None if it is not declared.
        days_of_files: days that have a file.
        files: the files of the newest load, and those before them, in the order of their keys.
        new_days: days of sales that the newest load brought.
        days: measurements of the last weeks.
        largest: the largest customer of each new day.
        future_rows: rows of sales dated after today.
        repeated_invoices: invoices that are in several files; None if the contract declares what they are.
    """

    name: str
    now: datetime
    arrival: Arrival | None = None
    days_of_files: frozenset[date] = frozenset()
    files: Sequence[MeasuredFile] = ()
    new_days: Sequence[date] = ()
    days: Mapping[date, MeasuredDay] = field(default_factory=dict)
    largest: Mapping[date, LargestCustomer] = field(default_factory=dict)
    future_rows: int = 0
    repeated_invoices: int | None = 0

    @property
    def new_files(self) -> list[MeasuredFile]:
        """Files of the newest load."""
        return [file for file in self.files if file.is_new]
