"""The outbox: events for webhooks, written in the transaction that causes them."""

import json
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, RowMapping

from app.db.sql import named
from app.webhooks.tables import QUALITY_FAILED, RUN_COMPLETED, EventType

CHANNEL: Final = "regulars_webhooks"


def emit_segment_changes(connection: Connection, first_change: int | None) -> None:
    """Emit the changes of customers' segments that this transaction has written.

    Args:
        first_change: change_id of the first change; None if there are none.
    """
    if first_change is None:
        return
    for statement in ("emit_segment_changes", "emit_batch"):
        connection.execute(named(__package__, statement), {"first_change": first_change, "channel": CHANNEL})


def emit_run_completed(connection: Connection, ended: RowMapping) -> None:
    """Emit the end of a run, whatever its state; `ended` is its updated row."""
    error = ended["error"]
    fields = ("run_id", "job", "state", "trigger", "started_at", "finished_at", "counts", "error_kind")
    # The message of an unexpected error may hold its SQL statement, from the second line on.
    data = {**{name: ended[name] for name in fields}, "error": error.partition("\n")[0] if error else None}
    _emit(connection, RUN_COMPLETED, data)


def emit_quality_failed(
    connection: Connection, reason: str, *, source_file: str | None = None, data_through: date | None = None
) -> None:
    """Emit a failure of the quality checks.

    Args:
        reason: why the file was refused, or why new training runs are not published.
        source_file: the refused file; None if training runs are not published.
        data_through: date of the newest sale.
    """
    check = "gate" if source_file is None else "file"
    _emit(
        connection,
        QUALITY_FAILED,
        {"check": check, "reason": reason, "source_file": source_file, "data_through": data_through},
    )


def event_id() -> str:
    """Return a new event id; receivers recognise a repeated delivery by it."""
    return f"evt_{uuid4().hex}"


def _emit(connection: Connection, event_type: EventType, data: dict[str, Any]) -> None:
    values = {"event_id": event_id(), "type": event_type, "data": json.dumps(data, default=_plain), "channel": CHANNEL}
    connection.execute(named(__package__, "emit_event"), values)


def _plain(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime | date) else str(value)
