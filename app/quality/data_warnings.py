"""Warnings about all data: nothing counts, ids that mean nobody or one person twice, mixed currencies, missing days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, Row, delete, insert, select

from app.contract.model import Contract
from app.contract.nobody import NOBODY
from app.contract.plausible import date_of_key
from app.contract.remedies import NULL_WORDS
from app.db.sql import named
from app.quality.measure import is_mixable
from app.quality.missing_days import missing_days
from app.quality.tables import DataWarning, Outcome, data_warning

LARGE_SHARE: Final = 0.1
FEWEST_CUSTOMERS: Final = 20
MOST_NAMED: Final = 5
UNCOUNTED: Final[tuple[Outcome, ...]] = ("quarantined", "not_counted", "cancellation")


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning about all data; examples may be ids of customers, the message has none."""

    kind: DataWarning
    message: str
    examples: tuple[str, ...] = ()


def measure_data(connection: Connection, contract: Contract, money_share: float) -> list[Warned]:
    """Find the warnings about all active files and customers, in place of earlier ones.

    The duration depends on the number of customers and files, not on that of the sales.

    Args:
        money_share: a larger share of the money of all files, quarantined or not counting, is a warning.
    """
    found = [
        *_no_sale_counts(connection, contract),
        *_uncounted_money(connection, money_share),
        *_large_customers(connection),
        *_similar_ids(connection),
        *_currencies(connection, contract),
        *_missing_days(connection, contract),
    ]
    connection.execute(delete(data_warning))
    if found:
        rows = [{"kind": each.kind, "message": each.message, "examples": [*each.examples]} for each in found]
        connection.execute(insert(data_warning), rows)
    return found


def why_no_sale_counts(connection: Connection) -> str | None:
    """Return the reason for which no customer has a sale that counts; None if one has, or nothing is loaded."""
    message = select(data_warning.c.message).where(data_warning.c.kind == "no_sale_counts")
    return connection.execute(message).scalar_one_or_none()


def _no_sale_counts(connection: Connection, contract: Contract) -> Iterator[Warned]:
    largest = connection.execute(named(__package__, "uncounted")).first()
    if largest is not None:
        yield Warned("no_sale_counts", f"no sale counts: {_why(largest, contract)}")


def _why(largest: Row[tuple[str, int]], contract: Contract) -> str:
    rows = f"{largest.rows:,} of {largest.all_rows:,} rows ({largest.money:,.2f})"
    match largest.outcome:
        case "no_customer":
            return f"{rows} have no customer_id; check its physicalName, placeholders and fillDown"
        case "quarantined":
            return f"{rows} are quarantined; see GET /v1/quality/expectations"
        case "not_counted" if contract.counts is not None:
            names = " and ".join(sorted(contract.counts.names))
            return f"{names} of {rows} do not meet countsWhen; change countsWhen of the contract"
    return f"{rows} are returns or cancellations; check cancellationWhen and the signs of quantity"


def _uncounted_money(connection: Connection, money_share: float) -> Iterator[Warned]:
    found = connection.execute(named(__package__, "uncounted_money")).all()
    parts = [row for row in found if row.outcome in UNCOUNTED and row.money]
    money = sum(row.money for row in parts)
    if parts and money > Decimal(str(money_share)) * found[0].all_money:
        share = f"{100 * money / found[0].all_money:.1f} % of the money of all files"
        why = ", ".join(f"{row.reason}: {row.money:,.2f}" for row in parts[:MOST_NAMED])
        yield Warned("money", f"{share} is quarantined or does not count ({why})")


def _large_customers(connection: Connection) -> Iterator[Warned]:
    values = {"share": LARGE_SHARE, "fewest_customers": FEWEST_CUSTOMERS, "words": [*NOBODY, *NULL_WORDS]}
    found = connection.execute(named(__package__, "large_customers"), values).all()
    if found:
        orders = f"{sum(row.frequency for row in found):,} of {found[0].orders:,} orders"
        money = f"{sum(row.monetary for row in found):,.2f} of {found[0].money:,.2f}"
        ids = "1 customer id has" if len(found) == 1 else f"{len(found):,} customer ids have"
        remedy = "placeholder? declare ids that mean nobody in placeholders of customer_id"
        examples = tuple(row.customer_id for row in found[:MOST_NAMED])
        yield Warned("placeholder", f"{ids} {orders}, and {money}: {remedy}", examples)


def _similar_ids(connection: Connection) -> Iterator[Warned]:
    row = connection.execute(named(__package__, "similar_ids")).one()
    if row.people:
        what = f"{row.ids:,} customer ids with {row.money:,.2f} differ only in case, blanks, leading zeros or .0"
        remedy = "declare case, trim, stripLeadingZeros or stripDecimal of customer_id"
        yield Warned("similar_ids", f"{what}: {remedy}", tuple(row.example))


def _currencies(connection: Connection, contract: Contract) -> Iterator[Warned]:
    found = connection.execute(named(__package__, "currencies")).all() if is_mixable(contract) else []
    if len(found) > 1:
        rows, money = sum(row.rows for row in found[1:]), sum(row.money for row in found[1:])
        what = f"amounts in {len(found):,} currencies are added up as if they were one"
        others = f"{rows:,} rows ({money:,.2f}) are not in {found[0].currency}"
        remedy = "declare currency with its code, and rates for the others"
        yield Warned("currencies", f"{what}: {others}; {remedy}", tuple(row.currency for row in found[:MOST_NAMED]))


def _missing_days(connection: Connection, contract: Contract) -> Iterator[Warned]:
    if contract.arrival is None:
        return
    files = connection.execute(named(__package__, "days_of_files")).all()
    missing = [
        day
        for _, of_source in groupby(files, key=lambda file: file.source)
        for day in missing_days(contract.arrival, _days([*of_source]))
    ]
    if missing:
        shown = ", ".join(map(str, missing[:MOST_NAMED])) + (", …" if len(missing) > MOST_NAMED else "")
        yield Warned("missing_days", f"{len(missing):,} expected day(s) have no file: {shown}; send their files")


def _days(files: Sequence[Row[tuple[str, str]]]) -> set[date]:
    # Sales of the night are in the next day's file: a date in the keys says better whose day a file is.
    of_keys = {day for file in files if (day := date_of_key(file.key)) is not None}
    return of_keys or {day for file in files for day in file.days or ()}
