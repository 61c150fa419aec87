"""Outbox of OpenLineage events: unsent events, outcomes of attempts, and the backlog for operators."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.openlineage.tables import RunMoment, openlineage_delivery, openlineage_event

e, d = openlineage_event.c, openlineage_delivery.c
IS_UNSENT: Final = e.body.is_not(None) & e.sent_at.is_(None) & e.error.is_(None)
MAX_ERROR_CHARACTERS: Final = 500


@dataclass(frozen=True, slots=True)
class UnsentEvent:
    """An event that is to be sent; `body` is its JSON document."""

    run_id: UUID
    moment: RunMoment
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LineageBacklog:
    """Unsent and refused OpenLineage events, and the latest error.

    Attributes:
        waiting: number of recorded events that are not sent yet.
        refused: number of events that the receiver refused for their content.
        oldest: time of the oldest waiting event; None without one.
        error: error of the latest attempt; None after a success.
    """

    waiting: int
    refused: int
    oldest: datetime | None
    error: str | None


def switch_on(connection: Connection) -> None:
    """Record the time from which runs have events, unless it is already recorded."""
    on = {"singleton": True, "since": func.clock_timestamp()}
    connection.execute(upsert(openlineage_delivery).values(on).on_conflict_do_nothing())


def read_unsent(connection: Connection, limit: int) -> list[UnsentEvent]:
    """Return the oldest unsent events."""
    oldest = (
        select(e.run_id, e.moment, e.body)
        .where(IS_UNSENT)
        .order_by(e.event_time, e.moment.collate("C").desc())
        .limit(limit)
    )
    return [UnsentEvent(row.run_id, row.moment, row.body) for row in connection.execute(oldest)]


def delete_overdue(connection: Connection, days: int) -> int:
    """Delete unsent events that are older than a number of days; return how many."""
    overdue = delete(openlineage_event).where(IS_UNSENT, e.event_time < func.clock_timestamp() - timedelta(days=days))
    return connection.execute(overdue).rowcount


def record_sent(connection: Connection, event: UnsentEvent) -> None:
    """Mark an event as sent, and remove its body."""
    _update(connection, event, {"sent_at": func.clock_timestamp(), "body": None})
    connection.execute(update(openlineage_delivery).values(failures=0, error=None, failed_at=None))


def record_refused(connection: Connection, event: UnsentEvent, error: str) -> None:
    """Mark an event as refused by the receiver; its body stays for inspection, and it is not sent again."""
    _update(connection, event, {"error": error[:MAX_ERROR_CHARACTERS]})


def record_failure(connection: Connection, error: str) -> None:
    """Record a failed attempt; the event is sent again."""
    failed = {"failures": d.failures + 1, "error": error[:MAX_ERROR_CHARACTERS], "failed_at": func.clock_timestamp()}
    connection.execute(update(openlineage_delivery).values(failed))


def read_backlog(connection: Connection) -> LineageBacklog | None:
    """Return the state of the delivery; None if events were never switched on."""
    delivery = connection.execute(select(d.error)).one_or_none()
    if delivery is None:
        return None
    counts = select(
        func.count().filter(IS_UNSENT).label("waiting"),
        func.count(e.error).label("refused"),
        func.min(e.event_time).filter(IS_UNSENT).label("oldest"),
    )
    row = connection.execute(counts).one()
    return LineageBacklog(row.waiting, row.refused, row.oldest, delivery.error)


def _update(connection: Connection, event: UnsentEvent, values: dict[str, Any]) -> None:
    connection.execute(
        update(openlineage_event).where(e.run_id == event.run_id, e.moment == event.moment).values(values)
    )
