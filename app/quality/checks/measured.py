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
        rows: number of rows received.
        nulls: number of blank values by declared column.
        days: number of rows received by day of sale.
        is_new: whether it was loaded by the newest load of the source.
    """

    key: str
    columns: Sequence[str] | None
    rows: int
    nulls: Mapping[str, int]
    days: Mapping[date, int]
    is_new: bool


@dataclass(frozen=True, slots=True)
class MeasuredDay:
    """Number of rows received with one date of sale, and the money of those that count."""

    rows: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class LargestCustomer:
    """Customer with the highest revenue of a day.

    Attributes:
        share: share of the customer in the revenue of the day, 0 to 1.
        customers: number of customers of the day.
    """

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
        new_days: days of sales of the newest load.
        days: measurements of the last weeks.
        largest: the largest customer of each new day.
        future_rows: rows of sales dated after today.
        repeated_invoices: invoices that are in several files; None if the contract declares how they count.
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
