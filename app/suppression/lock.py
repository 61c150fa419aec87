"""Who loads, replays or clears rows shares this lock to the end of the transaction; who erases holds it alone.

It is taken before any other, so that nobody waits for another in a circle. What was begun before an erasure is
committed before it, and is erased with the rest; what begins later knows of it.
"""

from typing import Final

from sqlalchemy import Connection, text

SHARE: Final = text("select pg_advisory_xact_lock_shared(hashtextextended('regulars.erasure', 0))")
ALONE: Final = text("select pg_advisory_xact_lock(hashtextextended('regulars.erasure', 0))")


def lock_shared(connection: Connection) -> None:
    """Keep everybody from erasing until the transaction ends; call it first."""
    connection.execute(SHARE)


def lock_exclusive(connection: Connection) -> None:
    """Wait until nobody loads, and let nobody load until the transaction ends; call it first."""
    connection.execute(ALONE)
