"""Warnings about a file: rules not met, invoices of other files, wrong encodings, money and sheets not read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection

from app.contract.model import Contract, Overlap
from app.db.sql import named
from app.gold.overlap import overlapping
from app.plurals import counted
from app.quality.tables import FileWarning
from app.silver.clean import FailedRule

UNKNOWN_MONEY: Final = "unknown_money"
OTHER_SHEETS: Final = "other_sheets"
DESCRIPTIONS: Final[Mapping[str, str]] = {
    "rule": "failing {rule}",
    "overlap": "also in other files, and counted twice unless overlap: once is declared (overlap: count if they are "
    "different sales)",
    "mojibake": "with texts such as Ã¼ or U+FFFD, read in a wrong encoding: check encoding",
    "unknown_money": "quarantined with unknown money, because no total can be read: declare how numbers are "
    "written (decimal, thousands, currencyMarks), or skipWhen if they are no sales",
    OTHER_SHEETS: "on further visible sheets, which are not read: declare the sheet that has the sales, or save every "
    "sheet with sales as a file of its own",
}
"""What is wrong with rows, or invoices, and the remedy, by kind."""


@dataclass(frozen=True, slots=True)
class WarningOfFiles:
    """A warning about rows, over all active files.

    Attributes:
        rule: name of the rule; empty for other kinds.
        rows: number of rows; of overlap, of invoices.
        example: one of the files, and its line or the other file.
        message: finding and remedy.
    """

    kind: FileWarning
    rule: str
    files: int
    rows: int
    money: Decimal
    example: str
    message: str


def descriptions(contract: Contract) -> dict[str, str]:
    """Return the descriptions by kind, and by kind and rule for the rules of the contract."""
    rules = {rule.name: (rule.description or rule.condition.text).rstrip(".") for rule in contract.rules}
    found = {**DESCRIPTIONS, **{f"rule {name}": f"failing {name}: {what}" for name, what in rules.items()}}
    if contract.rates:
        found[UNKNOWN_MONEY] += ", or add the rates of currencies that have none"
    return found


def describe_unknown_money(rows: int, without_rate: int) -> str:
    """Return the finding and remedy of quarantined rows with unknown money; without_rate: those without a rate."""
    if without_rate >= rows:
        return "quarantined with unknown money, because their currencies have no rate: add them to the file of rates"
    if not without_rate:
        return DESCRIPTIONS[UNKNOWN_MONEY]
    what = f"{without_rate:,} of the rows {'has' if without_rate == 1 else 'have'} a currency without a rate"
    return f"{DESCRIPTIONS[UNKNOWN_MONEY]}; {what}: add it to the file of rates"


def describe(contract: Contract, warning: Mapping[str, Any], files: int | None = None) -> str:
    """Return finding and remedy of a warning about one file, or about several.

    A rule of another contract has only its name.

    Args:
        warning: with kind, rule, rows and money.
    """
    described = descriptions(contract)
    kind, rule = warning["kind"], warning["rule"]
    what = described.get(f"{kind} {rule}", described[kind]).replace("{rule}", rule)
    found = counted(warning["rows"], "invoice" if kind == "overlap" else "row")
    about = "about " if kind == UNKNOWN_MONEY else ""
    money = "" if kind == OTHER_SHEETS else f" ({about}{warning['money']:,.2f})"
    of_files = "" if files is None else f" of {counted(files, 'file')}"
    return f"{found}{money}{of_files} {what}"


def read_warnings_of_files(connection: Connection, contract: Contract) -> list[WarningOfFiles]:
    """Return the warnings about the rows of all active files, by kind and rule.

    Rows with unknown money are not included: above a share of all rows they are a warning about all data.
    """
    found = [dict(row) for row in connection.execute(named(__package__, "warnings_of_files")).mappings()]
    return [WarningOfFiles(**row, message=describe(contract, row, row["files"])) for row in found]


def record_rule_warnings(connection: Connection, failed: Mapping[int, Sequence[FailedRule]]) -> None:
    """Record the rules that rows of these files do not meet, in place of the recorded ones of the files."""
    delete_warnings(connection, failed, "rule")
    for file_id, rules in failed.items():
        add_rule_warnings(connection, file_id, rules)


def add_rule_warnings(connection: Connection, file_id: int, failed: Sequence[FailedRule]) -> None:
    """Add the rules that rows of a replay do not meet to the recorded ones of their file."""
    rows = [
        {"file_id": file_id, "rule": rule.name, "rows": rule.rows, "money": rule.money, "line": rule.line}
        for rule in failed
    ]
    if rows:
        connection.execute(named(__package__, "add_rule_warnings"), rows)


def measure_overlaps(connection: Connection, file_ids: Iterable[int], overlap: Overlap) -> list[int]:
    """Record, and return, which of these active files have invoices that other active files have too.

    Call it after the refresh of gold, which has the invoices of each file.
    """
    measured = sorted(set(file_ids))
    if not measured:
        return []
    delete_warnings(connection, measured, "overlap")
    found = overlapping(connection, measured) if overlap != "count" else {}
    values = [
        {"file_id": file_id, "rows": each.invoices, "money": each.amount, "other_id": each.other_id}
        for file_id, each in found.items()
    ]
    if values:
        connection.execute(named(__package__, "add_overlap"), values)
    return list(found)


def delete_warnings(connection: Connection, file_ids: Iterable[int], *kinds: FileWarning) -> None:
    """Delete the warnings of some kinds about these files."""
    values = {"file_ids": list(file_ids), "kinds": list(kinds)}
    connection.execute(named(__package__, "delete_file_warnings"), values)
