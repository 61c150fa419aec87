"""Files without rows of which a changed contract reads rows: one of several with the same content is active."""

from sqlalchemy import Connection, select, update

from app.bronze.load import delete_rows
from app.pipeline import ledger
from app.pipeline.ledger import t
from app.pipeline.tables import ACTIVE, source_file


def find_original(connection: Connection, file_id: int, sha256: str) -> int | None:
    """Return the id of another active file that has this content, and rows; None without one."""
    same_content = (t.sha256 == sha256, t.state.in_(ACTIVE), t.rows_read > 0, t.id != file_id)
    return connection.execute(select(t.id).where(*same_content).order_by(t.id).limit(1)).scalar_one_or_none()


def become_duplicate(connection: Connection, file_id: int, sha256: str, original: int) -> None:
    """Record an active file without rows as a duplicate, as if it was never loaded; its duplicates are of `original`.

    The rows that were just received of it are deleted.
    """
    delete_rows(connection, file_id)
    its_duplicates = (t.duplicate_of_id == file_id, t.state == "duplicate")
    connection.execute(update(source_file).where(*its_duplicates).values(duplicate_of_id=original))
    ledger.record_duplicate(connection, file_id, sha256, original)
    rows = dict.fromkeys(("rows_read", "rows_loaded", "rows_quarantined"))
    contracts = dict.fromkeys(("contract_sha256", "quarantine_contract_sha256", "reading_sha256"))
    unread = {**rows, **contracts, "rows_skipped": 0, "received_at": None, "other_sheets": None, "columns": None}
    connection.execute(update(source_file).where(t.id == file_id).values(unread))
