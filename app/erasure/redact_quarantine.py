"""Redaction of a customer from quarantined rows."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Connection, select

from app.contract.open import DEFAULT_CONTRACT, open_contract, parse_contract
from app.db.sql import named
from app.errors import InvalidContract
from app.pipeline.tables import contract
from app.silver.statement import raw_columns
from app.suppression.identifiers import ERASED, Identifiers, normalised

CUSTOMER_COLUMN: Final = "customer_id"
Positions = Mapping[int, set[int]]
NEEDS_QUOTES: Final = re.compile('[",\r\n]')


def customer_positions(connection: Connection) -> Positions:
    """Return where the customer is in a quarantined row, by its number of fields, under every contract of the ledger."""
    documents = connection.execute(select(contract.c.document)).scalars().all()
    positions: dict[int, set[int]] = {}
    for columns in (raw_columns(open_contract(DEFAULT_CONTRACT)), *_of_documents(documents)):
        positions.setdefault(len(columns), set()).add(columns.index(CUSTOMER_COLUMN))
    return positions


def _of_documents(documents: Iterable[str]) -> Iterator[tuple[str, ...]]:
    for document in documents:
        with suppress(InvalidContract):  # such as one whose file of rates is gone: its rows are redacted whole
            yield raw_columns(parse_contract(document.encode(), "document"))


def redact_quarantine(connection: Connection, identifiers: Identifiers) -> int:
    """Redact a customer from the quarantined rows; return their number. The reasons stay, because they are counted."""
    values = {
        "customer_id": identifiers.customer_id,
        "quoted": identifiers.quoted,
        "whole_word": identifiers.whole_word,
    }
    rows, positions = [], customer_positions(connection)
    for row in connection.execute(named(__package__, "find_quarantined"), values):
        raw = redacted(row.raw, row.reasons, identifiers.customer_id, positions)
        if raw is not None:
            reasons = json.dumps([_without_value(reason) for reason in row.reasons])
            rows.append({"file_id": row.file_id, "line_no": row.line_no, "raw": raw, "reasons": reasons})
    if rows:
        names = {"file_ids": "file_id", "line_nos": "line_no", "raws": "raw", "reasons": "reasons"}
        arrays = {array: [row[name] for row in rows] for array, name in names.items()}
        connection.execute(named(__package__, "clear_quarantined"), arrays)
    return len(rows)


def redacted(raw: str, reasons: list[dict[str, Any]], customer_id: str, positions: Positions) -> str | None:
    """Return a quarantined row without the customer, None if it belongs to another customer.

    Args:
        raw: the row as quarantine stores it, comma-separated; of a line that could not be split, the line itself.
        reasons: the expectations that the row fails.
        customer_id: the customer's id, normalised.
        positions: positions of the customer in a row, by its number of fields.
    """
    if any(reason["expectation"] == "parse" for reason in reasons):
        return ERASED
    fields = _split(raw)
    if len(fields) not in positions:
        return ERASED
    theirs = [at for at in positions[len(fields)] if normalised(fields[at]) == customer_id]
    if not theirs:
        return None
    for at in theirs:
        fields[at] = ""
    return ",".join(map(_quoted, fields))


def _split(raw: str) -> list[str]:
    try:
        return next(csv.reader([raw]), [])
    except csv.Error:
        return []


def _quoted(field: str) -> str:
    return '"' + field.replace('"', '""') + '"' if NEEDS_QUOTES.search(field) else field


def _without_value(reason: dict[str, Any]) -> dict[str, Any]:
    return {**reason, "value": None} if reason["column"] == CUSTOMER_COLUMN else reason
