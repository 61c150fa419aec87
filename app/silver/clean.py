"""Clean: type and validate the rows of a file; rows that meet the contract go to silver, others to quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text, update

from app.contract.model import SourceContract
from app.contract.plausible import plausible_days
from app.db.sql import named
from app.silver.statement import bound_rates, clean_statement
from app.silver.tables import quarantine, sales_row

# Without statistics, as in a first load, the planner expects one row, and would join each row with the days of all rows
# by a nested loop.
NESTED_LOOPS = text("select set_config('enable_nestloop', :enabled, true)")


@dataclass(frozen=True, slots=True)
class ValidatedFile:
    """A file, and the contract that its rows are validated by.

    Attributes:
        file_id: id in the ledger.
        key: path below the prefix; a date in it says which days are plausible.
        today: latest possible day of a sale where the key has no date.
    """

    file_id: int
    key: str
    source_contract: SourceContract
    today: date

    def values(self) -> dict[str, Any]:
        """Return the parameters of the statement of the contract."""
        contract = self.source_contract.contract
        earliest, latest = plausible_days(contract.date_range, self.key, self.today)
        return {"file_id": self.file_id, "earliest": earliest, "latest": latest, **bound_rates(contract)}


@dataclass(frozen=True, slots=True)
class FailedRule:
    """Rows of a file that do not meet a rule which does not quarantine them.

    Attributes:
        money: sum of their absolute totals.
        line: first line number.
    """

    name: str
    rows: int
    money: Decimal
    line: int


@dataclass(frozen=True, slots=True)
class CleanCounts:
    """Number of rows of one file, or of some of its lines, by outcome.

    Attributes:
        skipped: rows that are not sales by the contract's `skipWhen`.
        warnings: rules of severity `warning` with the rows in silver that do not meet them.
        critical: rules of severity `critical` with the rows that do not meet them.
    """

    loaded: int
    quarantined: int
    skipped: int = 0
    warnings: Sequence[FailedRule] = ()
    critical: Sequence[FailedRule] = ()

    @property
    def rows(self) -> int:
        """Number of rows that were validated."""
        return self.loaded + self.quarantined + self.skipped


def clean(connection: Connection, file: ValidatedFile, lines: Sequence[int] | None = None) -> CleanCounts:
    """Type and validate the bronze rows of one file; every row ends in silver, in quarantine, or is skipped.

    Args:
        lines: line numbers of quarantined rows to validate again; None for all rows. A row that fails again gets the
            status `open` and its current reasons.
    """
    values = {**file.values(), "lines": None if lines is None else list(lines)}
    connection.execute(NESTED_LOOPS, {"enabled": "off"})
    row = connection.execute(clean_statement(file.source_contract), values).one()
    connection.execute(NESTED_LOOPS, {"enabled": "on"})
    return CleanCounts(row.loaded, row.quarantined, row.skipped, _failed(row.warnings), _failed(row.critical))


def _failed(rules: Sequence[Mapping[str, Any]]) -> tuple[FailedRule, ...]:
    return tuple(
        FailedRule(rule["name"], rule["rows"], Decimal(rule["money"]), rule["line"]) for rule in rules if rule["rows"]
    )


@dataclass(frozen=True, slots=True)
class FrequentReason:
    """The expectation with the most failed rows of a file, an example of a value or raw line, and some values."""

    expectation: str
    example: str
    some_values: Sequence[str | None]


def most_frequent_reason(connection: Connection, file_id: int) -> FrequentReason:
    """Return the most frequent reason of a file's quarantined rows."""
    row = connection.execute(named(__package__, "most_frequent_reason"), {"file_id": file_id}).mappings().one()
    return FrequentReason(**row)


def delete_rows(connection: Connection, file_id: int) -> None:
    """Delete the rows of a superseded file from silver and quarantine, but not from bronze."""
    for statement in ("delete_silver_rows", "delete_quarantined_rows"):
        connection.execute(named(__package__, statement), {"file_id": file_id})


def transfer(connection: Connection, from_id: int, to_id: int) -> None:
    """Move the silver and quarantine rows of a file to a file with the same content."""
    for table in (sales_row, quarantine):
        connection.execute(update(table).where(table.c.file_id == from_id).values(file_id=to_id))
