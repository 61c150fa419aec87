"""Rate limits per API key, counted in the database for all processes of the API."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine

from app.db.engine import translate_db_errors
from app.db.sql import named

CHUNKS_PER_LIMIT: Final = 20
log = logging.getLogger("regulars.access")


@dataclass(frozen=True, slots=True)
class GrantedRequests:
    """Requests reserved for a process.

    Attributes:
        granted: requests reserved for this process.
        unreserved: unreserved requests of this minute.
        seconds: time until the end of the minute.
    """

    granted: int
    unreserved: int
    seconds: float


@translate_db_errors()
def take_allowance(engine: Engine, key_id: str, limit: int) -> GrantedRequests:
    """Reserve a chunk of a key's requests of this minute, by the database's clock; 0 if none is left.

    The reservations of all processes in one minute never exceed the limit.
    """
    chunk = chunk_of(limit)
    values = {"key_id": key_id, "chunk": chunk, "limit": limit}
    with engine.begin() as connection:
        row = connection.execute(named(__package__, "take_allowance"), values).one()
    if row.ahead is not None:
        _report(key_id, row.ahead)
    granted = max(0, min(chunk, limit - row.taken_before))
    return GrantedRequests(granted, max(0, limit - row.taken_before - granted), row.seconds)


def chunk_of(limit: int) -> int:
    """Return the number of requests per reservation."""
    return max(1, limit // CHUNKS_PER_LIMIT)


def _report(key_id: str, ahead: timedelta) -> None:
    log.warning(
        "the rate window of key %s began %s in the future, recorded by a wrong clock; it is ignored", key_id, ahead
    )
