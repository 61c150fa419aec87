"""Warnings about all data: no sale counts, money, placeholders, ids, currencies, invoice numbers, days, contract."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select

from app.contract.model import Contract
from app.contract.plausible import date_of_key
from app.db.sql import named
from app.plurals import counted
from app.quality.file_warnings import UNKNOWN_MONEY, describe_unknown_money
from app.quality.measure import may_mix_currencies
from app.quality.missing_days import missing_days, usual_arrival
from app.quality.placeholders import suspected_placeholders
from app.quality.replaced_money import replaced_money
from app.quality.tables import DataWarning, Outcome, data_warning

MAX_EXAMPLES: Final = 5
MAX_CORRECTED_SHARE: Final = 0.1
"""Largest share of replaced invoices with another customer or day that are regarded as corrected, not as new sales."""
UNCOUNTED: Final[Mapping[Outcome, str]] = {
    "quarantined": "the failed expectations",
    "not_counted": "countsWhen",
    "cancellation": "cancellationWhen and returns",
}
"""Outcomes that the warning `money` reports, and what to check in the contract."""


@dataclass(frozen=True, slots=True)
class FoundWarning:
    """A warning about all data; examples may be ids of customers, the message has none."""

    kind: DataWarning
    message: str
    examples: tuple[str, ...] = ()


def measure_data(
    connection: Connection,
    contract: Contract,
    money_share: float,
    unknown_share: float,
    due: Mapping[str, date] | None = None,
) -> list[FoundWarning]:
    """Find and record the warnings about all active files and customers, in place of earlier ones.

    The duration depends on the number of customers and files, not on that of the sales, unless invoices count once.

    Args:
        money_share: a larger share of the money of all files, quarantined or not counting, is a warning.
        unknown_share: a larger share of the rows of all files, or of their estimated money, quarantined without a
            readable total, is a warning.
        due: newest day whose file is due, by source.
    """
    found = [
        *([*_no_sale_counts(connection, contract)] or _uncounted_money(connection, contract, money_share)),
        *_unknown_money(connection, contract, unknown_share),
        *_placeholders(connection),
        *_similar_ids(connection),
        *_currencies(connection, contract),
        *_reused_numbers(connection, contract),
        *_missing_days(connection, contract, due or {}),
    ]
    connection.execute(delete(data_warning))
    _record(connection, found)
    return found


def measure_arrival(connection: Connection, contract: Contract, due: Mapping[str, date]) -> bool:
    """Measure the warning `missing_days`, which depends on the time; return whether it has changed."""
    if contract.arrival is None:
        return False
    return _replace(connection, "missing_days", [*_missing_days(connection, contract, due)])


def warn_of_other_contract(connection: Connection, message: str | None) -> bool:
    """Record the warning `other_contract`, or end it if there is no message; return whether it has changed."""
    return _replace(connection, "other_contract", [FoundWarning("other_contract", message)] if message else [])


def _replace(connection: Connection, kind: DataWarning, found: Sequence[FoundWarning]) -> bool:
    is_kind = data_warning.c.kind == kind
    before = connection.execute(select(data_warning.c.message).where(is_kind)).scalars().all()
    if [each.message for each in found] == before:
        return False
    connection.execute(delete(data_warning).where(is_kind))
    _record(connection, found)
    return True


def _record(connection: Connection, found: Sequence[FoundWarning]) -> None:
    if found:
        rows = [{"kind": each.kind, "message": each.message, "examples": [*each.examples]} for each in found]
        connection.execute(insert(data_warning), rows)


def why_no_sale_counts(connection: Connection) -> str | None:
    """Return the reason for which no customer has a sale that counts; None if one has, or nothing is loaded."""
    message = select(data_warning.c.message).where(data_warning.c.kind == "no_sale_counts")
    return connection.execute(message).scalar_one_or_none()


def _no_sale_counts(connection: Connection, contract: Contract) -> Iterator[FoundWarning]:
    largest = connection.execute(named(__package__, "uncounted")).first()
    if largest is not None:
        yield FoundWarning("no_sale_counts", f"no sale counts: {_why(largest, contract)}")


def _why(largest: Row[tuple[str, int]], contract: Contract) -> str:
    rows = f"{largest.rows:,} of {largest.all_rows:,} rows ({largest.money:,.2f})"
    match largest.outcome:
        case "no_customer":
            return f"{rows} have no customer_id; check its physicalName, placeholders and fillDown"
        case "quarantined":
            return f"{rows} are quarantined; check the failed expectations"
        case "not_counted" if contract.counts is not None:
            names = " and ".join(sorted(contract.counts.names))
            return (
                f"{names} of {rows} do not meet countsWhen; change countsWhen of the contract: {contract.counts.text}"
            )
    return f"{rows} are returns or cancellations; check cancellationWhen and the signs of quantity"


def _uncounted_money(connection: Connection, contract: Contract, money_share: float) -> Iterator[FoundWarning]:
    found = connection.execute(named(__package__, "uncounted_money")).all()
    replaced = replaced_money(connection, contract.overlap)
    # Only quarantined rows have several reasons, and no quarantined row is replaced.
    reasons = [
        (row.outcome, row.reason, row.money - replaced.get(row.outcome, 0)) for row in found if row.outcome in UNCOUNTED
    ]
    parts = sorted((part for part in reasons if part[2]), key=lambda part: -part[2])
    money = sum(money for _, _, money in parts)
    all_money = found[0].all_money - sum(replaced.values()) if found else 0
    if parts and money > Decimal(str(money_share)) * all_money:
        share = f"{100 * money / all_money:.1f} % of the money of all files"
        why = ", ".join(f"{reason}: {money:,.2f}" for _, reason, money in parts[:MAX_EXAMPLES])
        remedy = ", ".join(dict.fromkeys(UNCOUNTED[outcome] for outcome, _, _ in parts))
        yield FoundWarning("money", f"{share} is quarantined or does not count ({why}): check {remedy}")


def _unknown_money(connection: Connection, contract: Contract, unknown_share: float) -> Iterator[FoundWarning]:
    row = connection.execute(named(__package__, "unknown_money"), {"examples": MAX_EXAMPLES}).one()
    # Rows whose money cannot be estimated either have the mean money of the others, on average.
    share_of_rows = row.rows / row.all_rows if row.rows else Decimal(0)
    all_money = row.readable_money + row.estimated_money
    share_of_money = row.estimated_money / all_money if all_money else Decimal(0)
    if max(share_of_rows, share_of_money) > Decimal(str(unknown_share)):
        rows = f"{row.rows:,} of {counted(row.all_rows, 'row')} ({100 * share_of_rows:.1f} %)"
        money = f"about {row.estimated_money:,.2f} ({100 * share_of_money:.1f} % of the money)"
        # With rates, a row of a currency that has none has no total; without, its money is known, in that currency.
        what = describe_unknown_money(row.rows, row.rows_by_currency if contract.rates else 0)
        yield FoundWarning(UNKNOWN_MONEY, f"{rows}, {money}, {what}", tuple(row.examples))


def _placeholders(connection: Connection) -> Iterator[FoundWarning]:
    found = suspected_placeholders(connection)
    if found:
        orders = f"{sum(row.frequency for row in found):,} of {found[0].orders:,} orders"
        money = f"{sum(row.monetary for row in found):,.2f} of {found[0].money:,.2f}"
        ids = "1 customer id has" if len(found) == 1 else f"{len(found):,} customer ids have"
        remedy = "declare placeholder ids in placeholders of customer_id"
        examples = tuple(row.customer_id for row in found[:MAX_EXAMPLES])
        yield FoundWarning("placeholder", f"{ids} {orders}, and {money}: {remedy}", examples)


def _similar_ids(connection: Connection) -> Iterator[FoundWarning]:
    row = connection.execute(named(__package__, "similar_ids")).one()
    if row.people:
        what = f"{row.ids:,} customer ids with {row.money:,.2f} differ only in case, blanks, leading zeros or .0"
        remedy = "declare case, trim, stripLeadingZeros or stripDecimal of customer_id"
        yield FoundWarning("similar_ids", f"{what}: {remedy}", tuple(row.example))


def _currencies(connection: Connection, contract: Contract) -> Iterator[FoundWarning]:
    found = connection.execute(named(__package__, "currencies")).all() if may_mix_currencies(contract) else []
    if len(found) > 1:
        rows, money = sum(row.rows for row in found[1:]), sum(row.money for row in found[1:])
        what = f"amounts in {len(found):,} currencies are summed without conversion"
        others = f"{rows:,} rows ({money:,.2f}) are not in {found[0].currency}"
        remedy = "declare currency with its code, and rates for the others"
        yield FoundWarning(
            "mixed_currencies", f"{what}: {others}; {remedy}", tuple(row.currency for row in found[:MAX_EXAMPLES])
        )


def _reused_numbers(connection: Connection, contract: Contract) -> Iterator[FoundWarning]:
    if contract.overlap != "once":
        return
    row = connection.execute(named(__package__, "reused_numbers"), {"examples": MAX_EXAMPLES}).one()
    if row.others > MAX_CORRECTED_SHARE * row.invoices:
        what = f"{row.others:,} of {row.invoices:,} invoices that newer files replace, with {row.money:,.2f}"
        remedy = "if different sales have the same number, declare overlap: count"
        yield FoundWarning(
            "reused_invoice_numbers",
            f"{what}, have another customer or day in the newer file; {remedy}",
            tuple(row.numbers),
        )


def _missing_days(connection: Connection, contract: Contract, due: Mapping[str, date]) -> Iterator[FoundWarning]:
    arrival = contract.arrival
    if arrival is not None:
        # Sales of the night are in the next day's file: a date in the keys says better whose day a file is.
        sources = {name: _days_of_keys(files) or _days_of_sales(files) for name, files in _files_by_source(connection)}
        yield from _describe_missing({name: missing_days(arrival, sources[name], due.get(name)) for name in sources})


def usual_days_without_file(connection: Connection, contract: Contract) -> Iterator[FoundWarning]:
    """Find the days that lack a file by the days of the others, if the contract does not declare when files arrive."""
    if contract.arrival is None:
        sources = {name: _days_of_keys(files) for name, files in _files_by_source(connection)}
        arrivals = {name: usual_arrival(days) for name, days in sources.items()}
        yield from _describe_missing(
            {name: missing_days(arrival, sources[name]) if arrival else [] for name, arrival in arrivals.items()}
        )


def _describe_missing(found: Mapping[str, Sequence[date]]) -> Iterator[FoundWarning]:
    missing = sorted(((day, name) for name, days in found.items() for day in days), reverse=True)
    if missing:
        days = [str(day) if len(found) == 1 else f"{day} of {name}" for day, name in missing[:MAX_EXAMPLES]]
        shown = ", ".join(days) + (", …" if len(missing) > MAX_EXAMPLES else "")
        expected = counted(len(missing), "expected day")
        yield FoundWarning("missing_days", f"{expected} without a file: {shown}; send the missing files")


def _files_by_source(connection: Connection) -> Iterator[tuple[str, list[Row[Any]]]]:
    files = connection.execute(named(__package__, "days_of_files"))
    for name, of_source in groupby(files, key=lambda file: file.source):
        yield name, [*of_source]


def _days_of_keys(files: Sequence[Row[Any]]) -> set[date]:
    return {day for file in files if (day := date_of_key(file.key)) is not None}


def _days_of_sales(files: Sequence[Row[Any]]) -> set[date]:
    return {day for file in files for day in file.days or ()}
