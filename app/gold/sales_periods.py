"""Sales by day, week and month, cohorts of customers, and sales that count towards no customer."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy import Connection, TextClause, text

from app.db.sql import named, rendered
from app.silver.expressions import is_return

OF_ONE_CUSTOMER: Final = "and each.customer_id = :customer_id"


@dataclass(slots=True)
class ChangedSales:
    """Sales by period that a change of gold affects.

    Attributes:
        days: days of sales or returns that count now, or counted before the change.
        first_days: customers with the ISO days of their first sale, before the change and now.
    """

    days: set[date] = field(default_factory=set)
    first_days: dict[str, Sequence[str]] = field(default_factory=dict)

    def add(self, days: Iterable[date]) -> None:
        """Add days."""
        self.days.update(days)

    def move(self, first_days: Mapping[str, Sequence[str]]) -> None:
        """Add customers whose first sale is of another day now."""
        for customer_id, (former, now) in first_days.items():
            self.first_days[customer_id] = (self.first_days.get(customer_id, (former, now))[0], now)
        self.days.update(date.fromisoformat(day) for days in first_days.values() for day in days)


def days_of_files(connection: Connection, file_ids: Collection[int]) -> set[date]:
    """Return the days of the invoices that files have in gold."""
    return set(connection.execute(named(__package__, "days_of_files"), {"file_ids": list(file_ids)}).scalars())


def refresh_periods(connection: Connection, changed: ChangedSales) -> None:
    """Add up the sales of the changed days, of their weeks and months, and the cohorts of these months again.

    The caller holds the lock of gold. The cost depends on the sales of these days, weeks and months, and on the
    customers whose first sale is of another month now.
    """
    days = sorted(changed.days)
    if not days:
        return
    connection.execute(named(__package__, "delete_periods"), {"days": days})
    connection.execute(_add_periods(""), {"days": days, "sign": 1})
    moved = {each: ends for each, ends in changed.first_days.items() if ends[0][:7] != ends[1][:7]}
    if moved:
        months = sorted({day.replace(day=1) for day in days})
        connection.execute(named(__package__, "move_cohorts"), {"first_days": json.dumps(moved), "months": months})
        connection.execute(named(__package__, "delete_empty"))


def subtract_customer(connection: Connection, customer_id: str) -> None:
    """Subtract the sales of a customer from all periods and cohorts; call it before the customer is deleted.

    The caller holds the lock of gold.
    """
    values = {"customer_id": customer_id}
    days = connection.execute(named(__package__, "days_of_customer"), values).scalars().all()
    connection.execute(_add_periods(OF_ONE_CUSTOMER), {"days": days, "sign": -1, **values})
    connection.execute(named(__package__, "delete_empty"))


def refresh_uncounted(connection: Connection, file_ids: Collection[int], *, removed: Collection[int] = ()) -> None:
    """Add up the sales of active files that count towards no customer again, and delete those of removed files."""
    connection.execute(named(__package__, "delete_uncounted"), {"file_ids": [*file_ids, *removed]})
    if file_ids:
        statement = text(rendered(__package__, "add_uncounted", {"is return": is_return()}))
        connection.execute(statement, {"file_ids": list(file_ids)})


def _add_periods(customers: str) -> TextClause:
    return text(rendered(__package__, "add_periods", {"of one customer": customers}))
