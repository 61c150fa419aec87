"""Transactional outbox: events for webhooks, written in the transaction that causes them."""

import json
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, RowMapping

from app.db.sql import named
from app.segments.scheme_columns import scheme_statement
from app.webhooks.tables import QUALITY_FAILED, QUALITY_RECOVERED, RUN_COMPLETED, EventType

WEBHOOKS_CHANNEL: Final = "regulars_webhooks"


def emit_segment_changes(connection: Connection, first_change: int | None) -> None:
    """Emit events for the changes of segments written by this transaction.

    Args:
        first_change: change_id of the first change; None if there are none.
    """
    if first_change is None:
        return
    values = {"first_change": first_change, "channel": WEBHOOKS_CHANNEL}
    for statement in ("emit_segment_changes", "emit_batch"):
        connection.execute(scheme_statement(__package__, statement), values)


def emit_run_completed(connection: Connection, ended: RowMapping) -> None:
    """Emit an event for the end of a run, with any result; `ended` is its updated row."""
    error = ended["error"]
    fields = ("run_id", "job", "state", "trigger", "started_at", "finished_at", "counts", "error_kind")
    # The message of an unexpected error may have the failed SQL statement from the second line on.
    data = {**{name: ended[name] for name in fields}, "error": error.partition("\n")[0] if error else None}
    _emit(connection, RUN_COMPLETED, data)


def emit_quality_failed(
    connection: Connection, reason: str, *, source_file: str | None = None, data_through: date | None = None
) -> None:
    """Emit an event for a rejected file, or for the closed quality gate.

    Args:
        reason: reason of the rejection or of the closed gate.
        source_file: the rejected file; None for the gate.
        data_through: date of the newest sale.
    """
    check = "gate" if source_file is None else "file"
    _emit_failed(connection, check, reason, source_file=source_file, data_through=data_through)


def emit_check_failed(connection: Connection, check: str, reason: str, *, source: str, day: date | None) -> None:
    """Emit an event for a quality check whose outcome has become `fail`.

    Args:
        source: name of the source.
        day: day of sales that the result is about.
    """
    _emit_failed(connection, check, reason, source=source, day=day)


def emit_check_recovered(connection: Connection, check: str, reason: str, *, source: str, day: date | None) -> None:
    """Emit an event for a quality check that has failed and no longer does.

    Args:
        source: name of the source.
        day: day of sales that the result is about.
    """
    _emit(connection, QUALITY_RECOVERED, {"check": check, "reason": reason, "source": source, "day": day})


def _emit_failed(connection: Connection, check: str, reason: str, **others: Any) -> None:
    fields = dict.fromkeys(("source_file", "data_through", "source", "day"))
    _emit(connection, QUALITY_FAILED, {"check": check, "reason": reason, **fields, **others})


def event_id() -> str:
    """Return a new event id, by which receivers recognise repeated deliveries."""
    return f"evt_{uuid4().hex}"


def _emit(connection: Connection, event_type: EventType, data: dict[str, Any]) -> None:
    values = {
        "event_id": event_id(),
        "type": event_type,
        "data": json.dumps(data, default=_plain),
        "channel": WEBHOOKS_CHANNEL,
    }
    connection.execute(named(__package__, "emit_event"), values)


def _plain(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime | date) else str(value)
