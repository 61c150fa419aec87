"""Advisory lock that serialises changes of gold and of the segments derived from it."""

from sqlalchemy import Connection

from app.db.sql import named


def lock_gold(connection: Connection) -> None:
    """Lock gold until the transaction ends: nothing else refreshes gold, assigns segments or publishes a run."""
    connection.execute(named(__package__, "lock_gold"))
