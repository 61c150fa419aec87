"""Runs that wait: asked for by the clock, the API or the command line, taken by whoever leads."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.engine import translated
from app.jobs.lease import CHANNEL
from app.jobs.runs import CLI, mark_abandoned_crashed
from app.jobs.tables import job_run
from app.webhooks.outbox import emit_run_completed

API, CLOCK, START, RETRY, FIRST_SALES = "api", "clock", "start", "retry", "first sales"
AUTOMATIC_TRIGGERS = (CLOCK, START, RETRY, FIRST_SALES)
MOST_CRASHES = 3
MOST_RETRIES = 6
FIRST_DELAY, LONGEST_DELAY = 5.0, 300.0
r = job_run.c


@translated()
def enqueue(
    engine: Engine,
    job: str,
    trigger: str,
    scheduled_for: datetime,
    idempotency_key: str | None = None,
    parameters: dict[str, Any] | None = None,
) -> UUID | None:
    """Ask for a run and wake the leader; the id of the run that answers the request.

    The same idempotency key is answered with the run it asked for first; None where that was for something else. What
    asks by itself, as a tick of the clock does, asks for nothing while the job is queued already: None.
    """
    values: dict[str, Any] = {
        "run_id": uuid4(),
        "job": job,
        "trigger": trigger,
        "scheduled_for": scheduled_for,
        "idempotency_key": idempotency_key,
        "parameters": parameters or {},
    }
    with engine.begin() as connection:
        if trigger in AUTOMATIC_TRIGGERS and is_queued(connection, job, values["parameters"]):
            return None
        asked = connection.execute(upsert(job_run).values(values).on_conflict_do_nothing().returning(r.run_id))
        run_id: UUID | None = asked.scalar_one_or_none()
        if run_id is not None:
            wake(connection, job)
            return run_id
        if not idempotency_key:
            return connection.execute(
                select(r.run_id).where(r.job == job, r.scheduled_for == scheduled_for)
            ).scalar_one_or_none()
        same = (r.idempotency_key == idempotency_key, r.job == job, r.parameters == values["parameters"])
        return connection.execute(select(r.run_id).where(*same)).scalar_one_or_none()


def is_queued(connection: Connection, job: str, parameters: dict[str, Any]) -> bool:
    """Whether a run of a job that is to do the same waits already."""
    same = (r.job == job, r.state == "queued", r.parameters == parameters)
    return connection.execute(select(r.run_id).where(*same).limit(1)).first() is not None


def wake(connection: Connection, job: str) -> None:
    """Tell the leader, when this transaction commits."""
    connection.execute(select(func.pg_notify(CHANNEL, job)))


@translated()
def next_queued(engine: Engine) -> tuple[UUID, str, dict[str, Any]] | None:
    """(id, job, parameters) of the oldest queued run whose job is not running and whose time has come.

    A run that crashed is asked for again first.
    """
    for dead in mark_abandoned_crashed(engine):
        # Who began one at the command line sees that it ended.
        if dead.trigger != CLI and not _keeps_crashing(engine, dead.job):
            enqueue(engine, dead.job, RETRY, datetime.now(UTC), parameters=dead.parameters)
    busy = text("job not in (select job from pipeline.job_run where state = 'running')")
    is_due = or_(r.trigger != RETRY, r.scheduled_for <= func.clock_timestamp())
    query = select(r.run_id, r.job, r.parameters).where(r.state == "queued", busy, is_due)
    with engine.connect() as connection:
        row = connection.execute(query.order_by(r.scheduled_for, r.run_id).limit(1)).one_or_none()
    return None if row is None else (row.run_id, row.job, row.parameters)


@translated()
def retry_later(engine: Engine, job: str, parameters: dict[str, Any] | None = None) -> datetime | None:
    """Ask again for a job that failed for no fault of the data: ever later, at a random moment, so often and no more.

    None where it was tried often enough: the next slot is the next try.
    """
    newest = select(r.error_kind).where(r.job == job, r.started_at.is_not(None)).order_by(r.started_at.desc())
    with engine.connect() as connection:
        kinds = connection.execute(newest.limit(MOST_RETRIES)).scalars().all()
        now = connection.execute(select(func.clock_timestamp())).scalar_one()
    failures = next((place for place, kind in enumerate(kinds) if kind != "infrastructure"), len(kinds))
    if not 0 < failures < MOST_RETRIES:
        return None
    delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1)) * random.uniform(0.5, 1)  # noqa: S311  # jitter
    at: datetime = now + timedelta(seconds=delay)
    return at if enqueue(engine, job, RETRY, at, parameters=parameters) else None


@translated()
def cancel(engine: Engine, run_id: UUID) -> str | None:
    """Cancel a run; the state it was in, None where there is none.

    A queued one is cancelled at once; one that is running stops within seconds, between two transactions.
    """
    with engine.begin() as connection:
        state: str | None = connection.execute(
            select(r.state).where(r.run_id == run_id).with_for_update()
        ).scalar_one_or_none()
        values: dict[str, Any] = {"cancel_requested_at": func.now()}
        if state == "queued":
            values |= {"state": "cancelled", "finished_at": func.now(), "error": "cancelled on request"}
        if state in {"queued", "running"}:
            changed = update(job_run).where(r.run_id == run_id).values(values).returning(job_run)
            for run in connection.execute(changed).mappings():
                if run["state"] == "cancelled":
                    emit_run_completed(connection, run)
    return state


def _keeps_crashing(engine: Engine, job: str) -> bool:
    newest = select(r.state).where(r.job == job, r.started_at.is_not(None)).order_by(r.started_at.desc())
    with engine.connect() as connection:
        states = connection.execute(newest.limit(MOST_CRASHES)).scalars().all()
    return states.count("crashed") == MOST_CRASHES
