"""Refused files, counted by reason."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from app.db.sql import named


@dataclass(frozen=True, slots=True)
class Refusal:
    """Number of files that were refused for one reason, and the message of one of them."""

    files: int
    example: str | None


def read_refusals(connection: Connection, run_id: UUID | None = None) -> list[Refusal]:
    """Return the rejected and failed files by reason, the most frequent first; of one run, or all."""
    found = connection.execute(named(__package__, "refusals"), {"run_id": run_id})
    return [Refusal(row.files, row.example) for row in found]
