"""Quarantined rows with the addresses of their files, which the ledger has."""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from app.pipeline.ledger import address, files
from app.pipeline.tables import source_file
from app.silver.selection import QuarantineFilter
from app.silver.tables import quarantine

q = quarantine.c


def select_rows(selection: QuarantineFilter) -> Select[Any]:
    """Select rows with the current address of their file, `source_file`."""
    joined = select(quarantine, address.label("source_file")).join_from(
        quarantine, files, source_file.c.id == q.file_id
    )
    return joined.where(selection.rows())


def read_rows(connection: Connection, selection: QuarantineFilter, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return the first `limit` selected rows by file and line, and the number of all selected rows."""
    first = select_rows(selection).order_by(q.file_id, q.line_no).limit(limit)
    total = connection.execute(select(func.count()).select_from(quarantine).where(selection.rows())).scalar_one()
    return [dict(row) for row in connection.execute(first).mappings()], total
