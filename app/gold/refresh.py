"""Refresh of gold: features of the customers with sales in added or removed files."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.db.sql import named
from app.gold.lock import lock_gold


def refresh(
    connection: Connection, *, added: Sequence[int], removed: Sequence[int] = (), refreshed_at: datetime
) -> int:
    """Update gold after files became active or inactive; return the number of customers written.

    The duration depends on the size of the files, not on the number of earlier files. Takes the lock of gold. No file
    is in both lists.
    """
    files = {"added": list(added), "removed": list(removed)}
    lock_gold(connection)
    connection.execute(named(__package__, "contribute"), {"added": files["added"]})
    touched = connection.execute(named(__package__, "merge"), {**files, "refreshed_at": refreshed_at}).rowcount
    if removed:
        connection.execute(named(__package__, "withdraw"), {"removed": files["removed"]})
    return touched
