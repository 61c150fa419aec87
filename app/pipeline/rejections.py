"""Rejected files, counted by reason."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from app.db.sql import named


@dataclass(frozen=True, slots=True)
class Rejection:
    """Number of files that were rejected for one reason, and the message of one of them."""

    files: int
    example: str | None


def read_rejections(connection: Connection, run_id: UUID | None = None) -> list[Rejection]:
    """Return the rejected and failed files by reason, the most frequent first; of one run, or all."""
    found = connection.execute(named(__package__, "rejections"), {"run_id": run_id})
    return [Rejection(row.files, row.example) for row in found]
