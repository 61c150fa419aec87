"""Quarantined rows of a customer, without him."""

import csv
import json
import re
from typing import Any, Final

from sqlalchemy import Connection

from app.db.sql import named
from app.suppression.identifiers import ERASED, Identifiers, normalised

COLUMNS: Final = 8
CUSTOMER: Final = 5
QUOTED: Final = re.compile('[",\r\n]')


def empty_quarantined(connection: Connection, written: Identifiers) -> int:
    """Take a customer out of the quarantined rows; their number. The reasons stay, for they are counted."""
    values = {"customer_id": written.customer_id, "quoted": written.quoted, "alone": written.alone}
    rows = []
    for row in connection.execute(named(__package__, "find_quarantined"), values):
        raw = _without(row.raw, row.reasons, written.customer_id)
        if raw is not None:
            rows.append((row.file_id, row.line_no, raw, json.dumps([_blanked(reason) for reason in row.reasons])))
    if rows:
        file_ids, line_nos, raws, reasons = (list(column) for column in zip(*rows, strict=True))
        arrays = {"file_ids": file_ids, "line_nos": line_nos, "raws": raws, "reasons": reasons}
        connection.execute(named(__package__, "clear_quarantined"), arrays)
    return len(rows)


def _without(raw: str, reasons: list[dict[str, Any]], customer_id: str) -> str | None:
    """The row without its customer where it is he; None where it is another."""
    if any(reason["expectation"] == "parse" for reason in reasons):
        return ERASED
    fields = _split(raw)
    if len(fields) != COLUMNS or normalised(fields[CUSTOMER]) != customer_id:
        return None
    fields[CUSTOMER] = ""
    return ",".join(map(_quoted, fields))


def _split(raw: str) -> list[str]:
    try:
        return next(csv.reader([raw]), [])
    except csv.Error:
        return []


def _quoted(field: str) -> str:
    return '"' + field.replace('"', '""') + '"' if QUOTED.search(field) else field


def _blanked(reason: dict[str, Any]) -> dict[str, Any]:
    return {**reason, "value": None} if reason["column"] == "customer_id" else reason
