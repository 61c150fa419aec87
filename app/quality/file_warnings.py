"""Warnings about the rows of a file: rules that they do not meet, and invoices that other files have too."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from app.contract.model import Overlap
from app.db.sql import named
from app.gold.overlap import overlapping
from app.quality.tables import FileWarning
from app.silver.clean import FailedRule


def record_rule_warnings(connection: Connection, failed: Mapping[int, Sequence[FailedRule]]) -> None:
    """Record the rules that the rows of whole files do not meet, in place of earlier ones."""
    delete_warnings(connection, failed, "rule")
    for file_id, rules in failed.items():
        add_rule_warnings(connection, file_id, rules)


def add_rule_warnings(connection: Connection, file_id: int, failed: Sequence[FailedRule]) -> None:
    """Add rows that entered silver later, and the rules that they do not meet."""
    rows = [
        {"file_id": file_id, "rule": rule.name, "rows": rule.rows, "money": rule.money, "line": rule.line}
        for rule in failed
    ]
    if rows:
        connection.execute(named(__package__, "add_rule_warnings"), rows)


def measure_overlaps(connection: Connection, file_ids: Iterable[int], overlap: Overlap) -> list[int]:
    """Record, and return, which of these active files have invoices that other active files have too.

    Call it after `refresh`.
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
