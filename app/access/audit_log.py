"""The audit log: who wanted to write what, and what came of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, insert

from app.access.tables import audit_entry
from app.db.engine import translated

BOOTSTRAP: Final = "bootstrap"
OPEN: Final = "open"


@dataclass(frozen=True, slots=True)
class Entry:
    """A request that wanted to write. No part of it is a secret, a body, or the id of a customer."""

    at: datetime
    request_id: str
    key_id: str
    method: str
    path: str
    parameters: dict[str, str]
    status: int
    client: str | None


@translated()
def write(engine: Engine, entries: Sequence[Entry]) -> None:
    """Write entries down, all or none."""
    with engine.begin() as connection:
        connection.execute(insert(audit_entry), [asdict(entry) for entry in entries])
