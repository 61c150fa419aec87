"""Overlap of files: invoices that several active files have."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from app.db.sql import named


@dataclass(frozen=True, slots=True)
class OverlappingInvoices:
    """Invoices of one file that other active files have too.

    Attributes:
        invoices: number of invoice numbers.
        amount: money that these invoices have in this file: sales minus returns, in the currency of the contract.
        other_id: one of the other files.
    """

    invoices: int
    amount: Decimal
    other_id: int


def overlapping(connection: Connection, file_ids: Sequence[int]) -> dict[int, OverlappingInvoices]:
    """Return, for each of these files that has any, the invoices that other active files have too.

    Only invoices that count for a customer are found. Call it after the refresh of gold; the cost depends on the files.
    """
    rows = connection.execute(named(__package__, "overlapping"), {"file_ids": list(file_ids)})
    return {row.file_id: OverlappingInvoices(row.invoices, row.amount, row.other_id) for row in rows}


def sharing(connection: Connection, file_ids: Sequence[int]) -> list[int]:
    """Return the other files that have an invoice of these files; the cost depends on these files."""
    return list(connection.execute(named(__package__, "sharing"), {"file_ids": list(file_ids)}).scalars())
