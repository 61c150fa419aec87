"""Sums by period, country and cohort that files of sales should give, computed in Python."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, text

from tests.gold.files import Sale, day_of

SOLD: Final = """
    select
        file_id, invoice_no, customer_id, invoice_date,
        case when effect = 0 and (is_cancellation or quantity < 0) then -1 else total_price end, country, effect
    from silver.sales_row
"""
"""Rows as `Sale`; the negative price says that a return which is not subtracted is no sale."""
ORDER: Final = " order by 1, 2, 3 nulls first"
READ: Final = {
    "periods": "select period, period_start, country, revenue, orders, customers, new_customers from gold.sales_period",
    "cohorts": "select cohort, month, customers, revenue from gold.cohort_month",
    "uncounted": "select file_id, invoice_date, country, rows, revenue from gold.uncounted_sales",
}
Files = Mapping[int, Sequence[Sale]]
Rows = list[tuple[Any, ...]]
Sums = dict[str, Rows]
Invoice = tuple[date, str | None, int, bool]
"""Day, country, amount, and whether it has a sale, of one file."""


def stored_sums(connection: Connection) -> Sums:
    """Return the rows of the tables."""
    return {name: [tuple(row) for row in connection.execute(text(query + ORDER))] for name, query in READ.items()}


def expected_sums(files: Files) -> Sums:
    """Return the rows that files should give; of `overlap: once`, files with the invoices that count from them."""
    invoices = {customer: of for customer, of in _invoices(files).items() if any(sold for *_, sold in of.values())}
    first = {customer: min(day for day, _, _, sold in of.values() if sold) for customer, of in invoices.items()}
    return {"periods": _periods(invoices, first), "cohorts": _cohorts(invoices, first), "uncounted": _uncounted(files)}


def sums_of_silver(connection: Connection) -> Sums:
    """Return the rows that the sales in silver should give, if invoices in several files count from each."""
    files: dict[int, list[Sale]] = defaultdict(list)
    for file_id, invoice, customer, day, *sold in connection.execute(text(SOLD)):
        files[file_id].append(Sale(invoice, customer, (day - day_of(1)).days + 1, *sold))
    return expected_sums(files)


def _invoices(files: Files) -> dict[str, dict[tuple[int, str, date], Invoice]]:
    lines: dict[tuple[str, tuple[int, str, date]], list[Sale]] = defaultdict(list)
    for file_id, sales in files.items():
        for sale in sales:
            if sale.customer is not None and sale.effect:
                lines[sale.customer, (file_id, sale.invoice, day_of(sale.day))].append(sale)
    found: dict[str, dict[tuple[int, str, date], Invoice]] = defaultdict(dict)
    for (customer, key), of in lines.items():
        named = [line for line in of if line.effect == 1] or of
        country = max((line.country for line in named if line.country is not None), default=None)
        amount = sum(line.price if line.effect == 1 else -abs(line.price) for line in of)
        found[customer][key] = (key[2], country, amount, any(line.effect == 1 for line in of))
    return found


def starts(day: date) -> dict[str, date]:
    """Return the first days of the day, week and month of a day."""
    return {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}


def _periods(invoices: Any, first: dict[str, date]) -> Rows:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for customer, of in invoices.items():
        for (_, number, day), (_, country, amount, sold) in of.items():
            for period, start in starts(day).items():
                for group in {"", country}:
                    groups[period, start, group].append((customer, number, amount, sold))
    return _stored(
        (
            *(period, start, country, Decimal(sum(amount for _, _, amount, _ in rows))),
            len({(customer, number) for customer, number, _, sold in rows if sold}),
            len(customers := {customer for customer, _, _, sold in rows if sold}),
            sum(starts(first[customer])[period] == start for customer in customers),
        )
        for (period, start, country), rows in groups.items()
    )


def _cohorts(invoices: Any, first: dict[str, date]) -> Rows:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for customer, of in invoices.items():
        for (_, _, day), (_, _, amount, sold) in of.items():
            groups[first[customer].replace(day=1), day.replace(day=1)].append((customer, amount, sold))
    return _stored(
        (*key, len({customer for customer, _, sold in rows if sold}), Decimal(sum(amount for _, amount, _ in rows)))
        for key, rows in groups.items()
    )


def _uncounted(files: Files) -> Rows:
    groups: dict[Any, list[int]] = defaultdict(list)
    for file_id, sales in files.items():
        for sale in sales:
            if sale.effect >= 0 and sale.price >= 0 and (sale.customer is None or sale.effect == 0):
                groups[file_id, day_of(sale.day), sale.country].append(sale.price)
    return _sorted((*key, len(prices), Decimal(sum(prices))) for key, prices in groups.items())


def _stored(rows: Iterator[tuple[Any, ...]]) -> Rows:
    """Return the rows that are stored: those with a customer or money."""
    return _sorted(row for row in rows if any(value for value in row[2:] if isinstance(value, int | Decimal)))


def _sorted(rows: Iterator[tuple[Any, ...]]) -> Rows:
    def key(row: Sequence[Any]) -> Any:
        return (row[0], row[1], row[2] is not None, row[2] if row[2] is not None else "")

    return sorted(rows, key=key)
