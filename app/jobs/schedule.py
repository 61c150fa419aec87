"""The clock's slots: which are due is worked out from the runs that were recorded, not from a process's memory."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.engine import translated
from app.jobs.job_queue import CLOCK, is_queued, wake
from app.jobs.tables import job_run
from app.settings.cron import Cron

MOST_MISSED = 1_000
MOMENT = timedelta(microseconds=1)
Slots = Callable[[datetime | None, datetime], list[datetime]]

log = logging.getLogger("regulars.schedule")
r = job_run.c


def every(seconds: int) -> Slots:
    """Slots so many seconds apart, the same in every process; without an earlier one the newest is due."""

    def due(last: datetime | None, now: datetime) -> list[datetime]:
        newest = int(now.timestamp()) // seconds
        first = newest if last is None else int(last.timestamp()) // seconds + 1
        first = max(first, newest - MOST_MISSED)
        return [datetime.fromtimestamp(slot * seconds, UTC) for slot in range(first, newest + 1)]

    return due


def cron(times: Cron, since: datetime) -> Slots:
    """Slots of a cron expression in UTC; without an earlier one those after `since`."""
    trigger = times.trigger

    def due(last: datetime | None, now: datetime) -> list[datetime]:
        slots: list[datetime] = []
        at = trigger.get_next_fire_time(None, (last or since) + MOMENT)
        while at is not None and at <= now:
            slots.append(at)
            at = trigger.get_next_fire_time(None, at + MOMENT)
        return slots[-MOST_MISSED - 1 :]

    return due


@translated()
def tick(engine: Engine, job: str, slots: Slots) -> int:
    """Record the slots that are due by the database's clock; return their number.

    The newest is queued, the missed ones before it are coalesced with it, as it is itself where the job waits already.
    """
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"slots of {job}", 0))))
        now = connection.execute(select(func.clock_timestamp())).scalar_one()
        last = connection.execute(
            select(func.max(r.scheduled_for)).where(r.job == job, r.trigger == CLOCK)
        ).scalar_one()
        due = slots(last, now)
        for slot in due[:-1]:
            _record(connection, job, slot, is_coalesced=True)
        if due:
            _record(connection, job, due[-1], is_coalesced=is_queued(connection, job, {}))
            wake(connection, job)
    if len(due) > 1:
        log.warning("%s: %s slots were missed, from %s on; one run makes up for them", job, len(due) - 1, due[0])
    return len(due)


def _record(connection: Connection, job: str, slot: datetime, *, is_coalesced: bool) -> None:
    values = {"run_id": uuid4(), "job": job, "trigger": CLOCK, "scheduled_for": slot}
    if is_coalesced:
        values |= {"state": "coalesced", "finished_at": func.clock_timestamp()}
    connection.execute(upsert(job_run).values(values).on_conflict_do_nothing())
