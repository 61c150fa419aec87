"""The outbox: what happened is written down for those who want to be told, in the transaction that made it happen."""

import json
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, RowMapping

from app.db.sql import named
from app.webhooks.tables import QUALITY_FAILED, RUN_COMPLETED

CHANNEL: Final = "regulars_webhooks"


def emit_segment_changes(connection: Connection, first_change: int | None) -> None:
    """Tell of the changes of customers that this transaction has written, which begin with this change_id.

    Nothing is read or written where no endpoint wants them, or nothing changed (None).
    """
    if first_change is None:
        return
    for statement in ("emit_segment_changes", "emit_batch"):
        connection.execute(named(__package__, statement), {"first_change": first_change, "channel": CHANNEL})


def emit_run_completed(connection: Connection, ended: RowMapping) -> None:
    """Tell that a run has ended, however it did; `ended` is its row as it is now."""
    error = ended["error"]
    told = ("run_id", "job", "state", "trigger", "started_at", "finished_at", "counts", "error_kind")
    # A failure that nobody foresaw may carry the statement it failed in, from the second line on.
    data = {**{name: ended[name] for name in told}, "error": error.partition("\n")[0] if error else None}
    _note(connection, RUN_COMPLETED, data)


def emit_quality_failed(
    connection: Connection, reason: str, *, source_file: str | None = None, data_through: date | None = None
) -> None:
    """Tell that a file was refused, or, where none is named, that no training is published any more, and why."""
    check = "gate" if source_file is None else "file"
    _note(
        connection,
        QUALITY_FAILED,
        {"check": check, "reason": reason, "source_file": source_file, "data_through": data_through},
    )


def event_id() -> str:
    """A new one; receivers know an event that is sent again by it."""
    return f"evt_{uuid4().hex}"


def _note(connection: Connection, of: str, data: dict[str, Any]) -> None:
    values = {"event_id": event_id(), "type": of, "data": json.dumps(data, default=_plain), "channel": CHANNEL}
    connection.execute(named(__package__, "emit_event"), values)


def _plain(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime | date) else str(value)
