"""Warnings of a dry run: probable mistakes in rows that would be loaded."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from sqlalchemy import Connection, RowMapping

from app.contract.model import Contract
from app.contract.plausible import date_of_key
from app.db.sql import named
from app.gold.overlap import overlapping
from app.pipeline.dry_run.report import DryRunWarning
from app.pipeline.not_read import describe_empty_archives, read_empty_archives
from app.quality.placeholders import suspected_placeholders
from app.quality.replaced_money import replaced_money
from app.quality.tables import Outcome

UNCOUNTED_SHARE: Final = 0.05
MAX_EXAMPLES: Final = 5
WEEK: Final = 7
LONG_GAP: Final = timedelta(weeks=2)


def find_warnings(
    connection: Connection,
    contract: Contract,
    file_ids: Sequence[int],
    keys: Sequence[str],
    money: RowMapping,
    customers: int,
) -> Iterator[DryRunWarning]:
    """Yield the warnings about the rows in silver and the customers in gold; customers: their number."""
    yield from _no_customers(contract, money, customers)
    yield from _uncounted(money, replaced_money(connection, contract.overlap))
    yield from _placeholders(connection)
    yield from _similar_ids(connection)
    yield from _currencies(contract, money["currencies"] or [])
    yield from _overlaps(connection, contract, file_ids)
    yield from _mojibake(connection, file_ids)
    yield from _gaps(connection, file_ids)
    yield from _missing_days(contract, keys)
    yield from _empty_archives(connection)


def _no_customers(contract: Contract, money: RowMapping, customers: int) -> Iterator[DryRunWarning]:
    if customers or not money["rows"]:
        return
    if money["without_customer"] == money["rows"]:
        why = "no row has a customer_id; check its `physicalName`, `placeholders` and `fillDown`"
    elif contract.counts is not None:
        why = f"no row meets `countsWhen: {contract.counts.text}`; change it to the shop's condition"
    else:
        why = "every row is a return or a cancellation; check `cancellationWhen` and the signs of quantity"
    yield DryRunWarning("no_customers", f"No customer counts: {why}.")


def _uncounted(money: RowMapping, replaced: Mapping[Outcome, Decimal]) -> Iterator[DryRunWarning]:
    counting = money["counting"] - replaced.get("counted", 0)
    uncounted = money["uncounted"] - replaced.get("not_counted", 0)
    if counting and uncounted > UNCOUNTED_SHARE * float(counting + uncounted):
        share = float(uncounted) / float(counting + uncounted)
        what = f"Sales of {uncounted:,} ({share:.0%}) have a customer and do not count"
        yield DryRunWarning("uncounted", f"{what}; check `countsWhen`.")


def _placeholders(connection: Connection) -> Iterator[DryRunWarning]:
    for row in suspected_placeholders(connection)[:MAX_EXAMPLES]:
        share = f" ({row.frequency / row.orders:.0%})" if row.orders else ""
        what = f"Customer {row.customer_id!r} has {row.frequency:,} of {row.orders:,} orders{share}"
        yield DryRunWarning(
            "placeholder", f"{what}; if this id is a placeholder, declare it in `placeholders` of customer_id."
        )


def _similar_ids(connection: Connection) -> Iterator[DryRunWarning]:
    row = connection.execute(named("app.quality", "similar_ids")).one()
    if row.people:
        one, other = row.example
        what = (
            f"{row.ids:,} customer ids differ only in case, blanks, leading zeros or .0, such as {one!r} and {other!r}"
        )
        yield DryRunWarning("similar_ids", f"{what}; declare `case`, `trim`, `stripLeadingZeros` or `stripDecimal`.")


def _currencies(contract: Contract, currencies: Sequence[str]) -> Iterator[DryRunWarning]:
    if contract.currency is None and len(currencies) > 1:
        what = f"Amounts in {', '.join(currencies[:MAX_EXAMPLES])} are summed without conversion"
        yield DryRunWarning(
            "mixed_currencies", f"{what}; declare `currency` with its `code`, and `rates` for the others."
        )


def _overlaps(connection: Connection, contract: Contract, file_ids: Sequence[int]) -> Iterator[DryRunWarning]:
    found = overlapping(connection, file_ids) if contract.overlap == "warn" else {}
    if found:
        invoices, amount = sum(each.invoices for each in found.values()), sum(each.amount for each in found.values())
        what = f"{invoices:,} invoices of {amount:,} in {len(found):,} files are also in another file, and count twice"
        remedy = "declare `overlap: once`, or `count` if they are different sales"
        yield DryRunWarning("overlap", f"{what}; {remedy}.")


def _mojibake(connection: Connection, file_ids: Sequence[int]) -> Iterator[DryRunWarning]:
    rows = connection.execute(named(__package__, "mojibake"), {"file_ids": list(file_ids)}).scalar_one()
    if rows:
        what = f"{rows:,} rows have texts such as Ã¼ or U+FFFD"
        yield DryRunWarning(
            "mojibake", f"{what}; the files were read or written in a wrong encoding: check `encoding`."
        )


def _gaps(connection: Connection, file_ids: Sequence[int]) -> Iterator[DryRunWarning]:
    days = [row.day for row in connection.execute(named(__package__, "days"), {"file_ids": list(file_ids)})]
    gaps = [(later - earlier, earlier, later) for earlier, later in pairwise(days)]
    longest = max(gaps, default=None)
    others = [gap for gap in gaps if gap is not longest]
    if longest is not None and longest[0] > max(LONG_GAP, 4 * _median(others)):
        _, earlier, later = longest
        what = f"There are no sales between {earlier} and {later}, in days from {days[0]} to {days[-1]}"
        yield DryRunWarning("sales_gap", f"{what}; check `format` of invoice_date and `dateRange`.")


def _empty_archives(connection: Connection) -> Iterator[DryRunWarning]:
    if keys := read_empty_archives(connection):
        remedy = "add the suffix of their files to `suffixes`, or send the files in them again"
        yield DryRunWarning("empty_archive", f"{describe_empty_archives(keys)}; {remedy}.")


def _median(gaps: list[tuple[timedelta, date, date]]) -> timedelta:
    return sorted(gap for gap, _, _ in gaps)[len(gaps) // 2] if gaps else timedelta(0)


def _missing_days(contract: Contract, keys: Sequence[str]) -> Iterator[DryRunWarning]:
    days = sorted({day for key in keys if (day := date_of_key(key)) is not None})
    if len(days) <= WEEK:
        return
    weekdays = {day.isoweekday() for day in days} & set(contract.arrival.weekdays if contract.arrival else range(8))
    usual = _median([(later - earlier, earlier, later) for earlier, later in pairwise(days)])
    if usual > timedelta(days=1):
        return
    between = (days[0] + timedelta(days=number) for number in range((days[-1] - days[0]).days))
    missing = [day for day in between if day not in set(days) and day.isoweekday() in weekdays]
    if missing:
        named_days = ", ".join(map(str, missing[:MAX_EXAMPLES])) + (", …" if len(missing) > MAX_EXAMPLES else "")
        yield DryRunWarning("missing_days", f"{len(missing):,} days have no file: {named_days}; send their files.")
