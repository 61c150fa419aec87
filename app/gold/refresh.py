"""Refresh of gold: features of the customers with sales or returns in added or removed files."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.contract.model import Overlap
from app.db.sql import named
from app.gold.identifiers import LONGEST_IDENTIFIER
from app.gold.lock import lock_gold


def refresh(
    connection: Connection,
    *,
    added: Sequence[int],
    removed: Sequence[int] = (),
    refreshed_at: datetime,
    overlap: Overlap = "warn",
    identifiers: Sequence[str] = (),
) -> int:
    """Update gold after files became active or inactive; return the number of customers written.

    The duration depends on the size of the files, not on the number of earlier files. Takes the lock of gold. No file
    is in both lists.

    Args:
        identifiers: columns by which customers can be looked up.
        overlap: `once`: an invoice in several active files counts from the newest of them; otherwise from all.
    """
    files = {"added": list(added), "removed": list(removed)}
    lock_gold(connection)
    connection.execute(named(__package__, "add_contributions"), {"added": files["added"]})
    if identifiers and added:
        named_columns = {"added": files["added"], "identifiers": list(identifiers), "longest": LONGEST_IDENTIFIER}
        connection.execute(named(__package__, "identify"), named_columns)
    if overlap == "once":
        connection.execute(named(__package__, "mark_invoices"), {"added": files["added"]})
    count = "count_once" if overlap == "once" else "count_changes"
    changes = connection.execute(named(__package__, count), files).scalar_one()
    values = {"changes": changes, "removed": files["removed"], "refreshed_at": refreshed_at}
    touched = connection.execute(named(__package__, "merge"), values).rowcount
    if removed:
        connection.execute(named(__package__, "remove_contributions"), {"removed": files["removed"]})
    return touched
