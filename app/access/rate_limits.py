"""Limits: how often a key may ask, counted in one place for all processes that answer it."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from app.db.engine import translated
from app.db.sql import named

CHUNKS: Final = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """What a process got: requests to spend, those that others may take, and seconds until the minute ends."""

    granted: int
    others: int
    seconds: float


@translated()
def take_allowance(engine: Engine, key_id: str, limit: int) -> Taken:
    """Take some of the requests that a key has this minute, by the database's clock; 0 where they are all taken.

    What all processes are granted of one minute is never more than the limit.
    """
    chunk = chunk_of(limit)
    values = {"key_id": key_id, "chunk": chunk, "limit": limit}
    with engine.begin() as connection:
        row = connection.execute(named(__package__, "take_allowance"), values).one()
    granted = max(0, min(chunk, limit - row.taken_before))
    return Taken(granted, max(0, limit - row.taken_before - granted), row.seconds)


def chunk_of(limit: int) -> int:
    """How many requests a process takes at a time."""
    return max(1, limit // CHUNKS)
