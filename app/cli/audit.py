"""Entries of the audit log for decisions on the command line."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import Engine

from app.access.audit_log import COMMAND_LINE, AuditRecord, write
from app.errors import Fatal

METHOD: Final = "CLI"
OK: Final = 200
REFUSED: Final = 409


@contextmanager
def audited(engine: Engine, command: str, parameters: Mapping[str, object]) -> Iterator[None]:
    """Context of a decision, which is recorded when it succeeds or is refused, with the status of a request."""
    at = datetime.now(UTC)

    def record(status: int) -> None:
        given = {name: str(value) for name, value in parameters.items()}
        write(engine, [AuditRecord(at, uuid4().hex, COMMAND_LINE, METHOD, f"regulars {command}", given, status, None)])

    try:
        yield
    except Fatal:
        record(REFUSED)
        raise
    record(OK)
