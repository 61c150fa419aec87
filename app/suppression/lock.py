"""Advisory lock of erasures: shared by transactions that write rows of customers, exclusive for an erasure.

It is taken before any other lock, which excludes deadlocks. A transaction that began before an erasure commits
before it, and its rows are erased too; a later one reads the new suppression list.
"""

from typing import Final

from sqlalchemy import Connection, text

SHARED: Final = text("select pg_advisory_xact_lock_shared(hashtextextended('regulars.erasure', 0))")
EXCLUSIVE: Final = text("select pg_advisory_xact_lock(hashtextextended('regulars.erasure', 0))")


def lock_shared(connection: Connection) -> None:
    """Lock out erasures until the transaction ends; call it first."""
    connection.execute(SHARED)


def lock_exclusive(connection: Connection) -> None:
    """Wait for transactions that write rows, and lock others out until this one ends; call it first."""
    connection.execute(EXCLUSIVE)
