"""Quarantine: claim rows for a replay, discard rows, read rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select, update

from app.bronze.tables import sales_row as bronze
from app.db.sql import named
from app.silver.selection import QuarantineFilter
from app.silver.tables import quarantine

q = quarantine.c


def files_with(chosen: QuarantineFilter) -> Select[tuple[int]]:
    """Select the ids of files with chosen rows."""
    return select(q.file_id).where(chosen.rows(), q.status != "replayed").distinct()


def claim_rows(connection: Connection, file_id: int, chosen: QuarantineFilter) -> list[int]:
    """Mark chosen rows of a file replayed, if bronze still has them; return their line numbers."""
    received = exists().where(bronze.c.file_id == q.file_id, bronze.c.line_no == q.line_no)
    out = (q.file_id == file_id, chosen.rows(), q.status != "replayed", received)
    marked = update(quarantine).where(*out).values(status="replayed").returning(q.line_no)
    return sorted(connection.execute(marked).scalars())


def restore_status(connection: Connection, file_id: int, lines: Sequence[int], status: str | None) -> None:
    """Give rows that failed again the status by which they were chosen: discarded rows stay discarded."""
    failed = (q.file_id == file_id, q.line_no.in_(lines), q.status == "open")
    if status == "discarded":
        connection.execute(update(quarantine).where(*failed).values(status=status))


def count(connection: Connection, file_id: int, chosen: QuarantineFilter) -> int:
    """Return the number of chosen rows of a file."""
    found = select(func.count()).select_from(quarantine).where(q.file_id == file_id, chosen.rows())
    return connection.execute(found).scalar_one()


def discard(connection: Connection, chosen: QuarantineFilter) -> tuple[int, int]:
    """Mark the chosen open rows discarded; return the numbers of files and rows."""
    marked = update(quarantine).where(chosen.rows(), q.status == "open").values(status="discarded")
    gone = marked.returning(q.file_id).cte("gone")
    files, rows = connection.execute(
        select(func.count(gone.c.file_id.distinct()), func.count()).select_from(gone)
    ).one()
    return files, rows


def still_failing(connection: Connection, file_id: int, lines: Sequence[int]) -> dict[str, int]:
    """Return the number of these lines that fail each expectation."""
    found = connection.execute(named(__package__, "still_failing"), {"file_id": file_id, "lines": list(lines)})
    return {row.expectation: row.rows for row in found}


def read_rows(connection: Connection, chosen: QuarantineFilter, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return the first chosen rows by file and line, and the number of all chosen rows."""
    shown = select(quarantine).where(chosen.rows()).order_by(q.file_id, q.line_no).limit(limit)
    whole = connection.execute(select(func.count()).select_from(quarantine).where(chosen.rows())).scalar_one()
    return [dict(row) for row in connection.execute(shown).mappings()], whole
