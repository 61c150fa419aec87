"""Redaction of a customer from quarantined rows."""

import csv
import json
import re
from typing import Any, Final

from sqlalchemy import Connection

from app.contract.model import BRONZE_NAMES
from app.db.sql import named
from app.silver.statement import RAW_COLUMNS
from app.suppression.identifiers import ERASED, Identifiers

CUSTOMER_COLUMN: Final = "customer_id"
NEEDS_QUOTES: Final = re.compile('[",\r\n]')


IMPERSONAL: Final = frozenset(BRONZE_NAMES.get(name, name) for name in RAW_COLUMNS if name != CUSTOMER_COLUMN)
"""Columns of bronze whose values stay; a rule over several columns may show any of them."""
CUSTOMER_POSITION: Final = RAW_COLUMNS.index(CUSTOMER_COLUMN)


def redact_quarantine(connection: Connection, identifiers: Identifiers) -> int:
    """Redact a customer from the quarantined rows; return their number. The reasons stay, because they are counted."""
    rows = []
    for row in connection.execute(named(__package__, "find_quarantined"), identifiers.values):
        raw = redacted(row.raw, row.reasons, identifiers)
        if raw is not None:
            reasons = json.dumps([_without_value(reason) for reason in row.reasons])
            rows.append({"file_id": row.file_id, "line_no": row.line_no, "raw": raw, "reasons": reasons})
    if rows:
        names = {"file_ids": "file_id", "line_nos": "line_no", "raws": "raw", "reasons": "reasons"}
        arrays = {array: [row[name] for row in rows] for array, name in names.items()}
        connection.execute(named(__package__, "clear_quarantined"), arrays)
    return len(rows)


def redacted(raw: str, reasons: list[dict[str, Any]], identifiers: Identifiers) -> str | None:
    """Return a quarantined row without the customer, None if it belongs to another customer.

    Args:
        raw: the row as quarantine stores it, comma-separated; of a line that could not be split, the line itself.
        reasons: the expectations that the row fails.
        identifiers: notations of the customer's id.
    """
    if any(reason["expectation"] == "parse" for reason in reasons):
        return ERASED
    fields = _split(raw)
    if len(fields) < len(RAW_COLUMNS):
        return ERASED
    if identifiers.notations.normalise(fields[CUSTOMER_POSITION]) != identifiers.customer_id:
        return None
    fields[CUSTOMER_POSITION] = ""
    others = [""] * (len(fields) - len(RAW_COLUMNS))  # they may identify the customer as well
    return ",".join([*map(_quoted, fields[: len(RAW_COLUMNS)]), *others])


def _split(raw: str) -> list[str]:
    try:
        return next(csv.reader([raw]), [])
    except csv.Error:
        return []


def _quoted(field: str) -> str:
    return '"' + field.replace('"', '""') + '"' if NEEDS_QUOTES.search(field) else field


def _without_value(reason: dict[str, Any]) -> dict[str, Any]:
    return reason if reason["column"] in IMPERSONAL else {**reason, "value": None}
