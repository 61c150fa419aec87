"""Quarantine: claim rows for a replay, discard rows, count rows."""

from collections.abc import Sequence

from sqlalchemy import Connection, Select, exists, func, select, update

from app.bronze.tables import sales_row as bronze
from app.db.arrays import is_any
from app.db.sql import named
from app.silver.selection import QuarantineFilter
from app.silver.tables import quarantine

q = quarantine.c


def files_with(selection: QuarantineFilter) -> Select[tuple[int]]:
    """Select the ids of files with selected rows that are quarantined."""
    return select(q.file_id).where(selection.rows(), q.status != "replayed").distinct()


def claim_rows(connection: Connection, file_id: int, selection: QuarantineFilter) -> list[int]:
    """Mark selected rows of a file `replayed` if bronze still has them; return their line numbers."""
    received = exists().where(bronze.c.file_id == q.file_id, bronze.c.line_no == q.line_no)
    conditions = (q.file_id == file_id, selection.rows(), q.status != "replayed", received)
    marked = update(quarantine).where(*conditions).values(status="replayed").returning(q.line_no)
    return sorted(connection.execute(marked).scalars())


def restore_status(connection: Connection, file_id: int, lines: Sequence[int], status: str | None) -> None:
    """Mark rows that failed again `discarded` if they were discarded before the replay."""
    failed = (q.file_id == file_id, is_any(q.line_no, lines), q.status == "open")
    if status == "discarded":
        connection.execute(update(quarantine).where(*failed).values(status=status))


def discarded_lines(connection: Connection, file_id: int) -> list[int]:
    """Return the lines of a file whose rows are discarded."""
    found = select(q.line_no).where(q.file_id == file_id, q.status == "discarded")
    return [*connection.execute(found).scalars()]


def count(connection: Connection, file_id: int, selection: QuarantineFilter) -> int:
    """Return the number of selected rows of a file."""
    found = select(func.count()).select_from(quarantine).where(q.file_id == file_id, selection.rows())
    return connection.execute(found).scalar_one()


def discard(connection: Connection, selection: QuarantineFilter) -> tuple[int, int]:
    """Mark the selected open rows `discarded`; return the numbers of files and rows."""
    marked = update(quarantine).where(selection.rows(), q.status == "open").values(status="discarded")
    discarded = marked.returning(q.file_id).cte("discarded")
    files, rows = connection.execute(
        select(func.count(discarded.c.file_id.distinct()), func.count()).select_from(discarded)
    ).one()
    return files, rows


def still_failing(connection: Connection, file_id: int, lines: Sequence[int]) -> dict[str, int]:
    """Return the number of failed rows among these lines, by expectation."""
    found = connection.execute(named(__package__, "still_failing"), {"file_id": file_id, "lines": list(lines)})
    return {row.expectation: row.rows for row in found}
