"""Schedules of jobs: due slots are derived from recorded runs, not from the state of a process."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.engine import translate_db_errors
from app.jobs.job_queue import TRIGGER_CLOCK, is_queued, notify_leader
from app.jobs.tables import JobName, job_run
from app.settings.cron import Cron

MAX_MISSED: Final = 1_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
TOLERANCE: Final = timedelta(minutes=1)

log = logging.getLogger("regulars.schedule")
r = job_run.c


@dataclass(frozen=True, slots=True)
class Schedule:
    """Slots of a job, the same in every process.

    Attributes:
        trigger: trigger of APScheduler.
        due: function that returns the due slots at a time, after the last recorded slot or None.
        interval: function that returns the time between two slots near a time.
    """

    trigger: BaseTrigger
    due: Callable[[datetime | None, datetime], list[datetime]]
    interval: Callable[[datetime], timedelta]


@dataclass(frozen=True, slots=True)
class Tick:
    """Result of a tick.

    Attributes:
        recorded: number of slots recorded.
        ahead: latest slot more than one interval in the future, recorded by a wrong clock; None if there is none.
    """

    recorded: int
    ahead: datetime | None


def every(seconds: int) -> Schedule:
    """Return a schedule with slots every `seconds`; without a recorded slot, the latest slot is due."""

    def due(last: datetime | None, now: datetime) -> list[datetime]:
        newest = int(now.timestamp()) // seconds
        first = newest if last is None else int(last.timestamp()) // seconds + 1
        first = max(first, newest - MAX_MISSED)
        return [datetime.fromtimestamp(slot * seconds, UTC) for slot in range(first, newest + 1)]

    return Schedule(IntervalTrigger(seconds=seconds, start_date=EPOCH), due, lambda _: timedelta(seconds=seconds))


def cron(times: Cron, since: datetime) -> Schedule:
    """Return the schedule of a cron expression in UTC; without a recorded slot, slots after `since` are due."""
    trigger = times.trigger

    def after(moment: datetime) -> datetime | None:
        found: datetime | None = trigger.get_next_fire_time(None, moment + MICROSECOND)
        return found

    def due(last: datetime | None, now: datetime) -> list[datetime]:
        slots: list[datetime] = []
        at = after(last or since)
        while at is not None and at <= now:
            slots.append(at)
            at = after(at)
        return slots[-MAX_MISSED - 1 :]

    def interval(now: datetime) -> timedelta:
        first = after(now)
        second = None if first is None else after(first)
        return timedelta.max if first is None or second is None else second - first

    return Schedule(trigger, due, interval)


@translate_db_errors()
def tick(engine: Engine, job: JobName, schedule: Schedule) -> Tick:
    """Record the slots that are due by the database's clock.

    The latest slot is queued; missed slots before it are recorded as coalesced, as is the latest if the job is queued
    already. Recorded slots more than one interval in the future come from a wrong clock and are ignored.
    """
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"slots of {job}", 0))))
        now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        last, ahead = _recorded(connection, job, now, schedule.interval(now))
        due = schedule.due(last, now)
        for slot in due[:-1]:
            _record(connection, job, slot, is_coalesced=True)
        if due:
            _record(connection, job, due[-1], is_coalesced=is_queued(connection, job, {}))
            notify_leader(connection, job)
    if len(due) > 1:
        log.warning("%s: %s slots were missed since %s; one run replaces them", job, len(due) - 1, due[0])
    return Tick(len(due), ahead)


def slots_ahead(connection: Connection) -> dict[JobName, datetime]:
    """Return the latest slot of each job that is in the future, recorded by a wrong clock."""
    newest = (
        select(r.job, func.max(r.scheduled_for))
        .where(r.trigger == TRIGGER_CLOCK)
        .group_by(r.job)
        .order_by(r.job.collate("C"))
    )
    ahead = newest.having(func.max(r.scheduled_for) > func.clock_timestamp() + TOLERANCE)
    return {job: slot for job, slot in connection.execute(ahead)}  # noqa: C416  # dict() does not accept a Row


def _recorded(
    connection: Connection, job: JobName, now: datetime, interval: timedelta
) -> tuple[datetime | None, datetime | None]:
    """Return the latest valid slot, and the latest slot that is too far in the future."""
    latest = now + min(interval, timedelta(days=36_500))
    newest = func.max(r.scheduled_for)
    slots = select(
        newest.filter(r.scheduled_for <= latest).label("last"), newest.filter(r.scheduled_for > latest).label("ahead")
    )
    row: Any = connection.execute(slots.where(r.job == job, r.trigger == TRIGGER_CLOCK)).one()
    return row.last, row.ahead


def _record(connection: Connection, job: JobName, slot: datetime, *, is_coalesced: bool) -> None:
    values: dict[str, Any] = {"run_id": uuid4(), "job": job, "trigger": TRIGGER_CLOCK, "scheduled_for": slot}
    if is_coalesced:
        values |= {"state": "coalesced", "finished_at": func.clock_timestamp()}
    connection.execute(upsert(job_run).values(values).on_conflict_do_nothing())
