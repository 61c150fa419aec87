"""The audit log: one entry per write request, and per decision about a model on the command line."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, insert

from app.access.tables import audit_entry
from app.db.engine import translate_db_errors

BOOTSTRAP: Final = "bootstrap"
WITHOUT_KEY: Final = "open"
COMMAND_LINE: Final = "cli"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A write request or a decision on the command line, without secrets, bodies and ids of customers.

    Attributes:
        at: time of the request.
        request_id: X-Request-Id of the request.
        key_id: id of the API key, BOOTSTRAP, WITHOUT_KEY or COMMAND_LINE.
        method: HTTP method, or CLI.
        path: path template, as in the API documentation, or the command.
        parameters: parameters of the path and the query.
        status: HTTP status of the response.
        client: address of the client; None if it is unknown.
    """

    at: datetime
    request_id: str
    key_id: str
    method: str
    path: str
    parameters: dict[str, str]
    status: int
    client: str | None


@translate_db_errors()
def write(engine: Engine, entries: Sequence[AuditRecord]) -> None:
    """Insert entries, all or none."""
    with engine.begin() as connection:
        connection.execute(insert(audit_entry), [asdict(entry) for entry in entries])
