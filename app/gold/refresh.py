"""Gold: recency, frequency and monetary value of the customers that a change of files touched."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.db.sql import named


def refresh(
    connection: Connection, *, added: Sequence[int], removed: Sequence[int] = (), refreshed_at: datetime
) -> int:
    """Bring gold up to date with files that became active or ceased to be; return the customers written.

    The cost is that of the files, not of their customers' history. No file stands in both lists.
    """
    files = {"added": list(added), "removed": list(removed)}
    connection.execute(named(__package__, "lock_gold"))
    connection.execute(named(__package__, "contribute"), {"added": files["added"]})
    touched = connection.execute(named(__package__, "merge"), {**files, "refreshed_at": refreshed_at}).rowcount
    if removed:
        connection.execute(named(__package__, "withdraw"), {"removed": files["removed"]})
    return touched
