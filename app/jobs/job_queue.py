"""Queue of runs: requested by the schedule, the API or a retry, taken by the leading worker."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.engine import translate_db_errors
from app.db.sql import named
from app.errors import QueueFull
from app.jobs.lease import RUNS_CHANNEL
from app.jobs.runs import CLI, mark_abandoned_crashed
from app.jobs.tables import JobName, RunState, Trigger, job_run
from app.webhooks.outbox import emit_run_completed

TRIGGER_API: Final = "api"
TRIGGER_CLOCK: Final = "clock"
TRIGGER_START: Final = "start"
TRIGGER_RETRY: Final = "retry"
TRIGGER_FIRST_SALES: Final = "first_sales"
LOCK: Final = select(func.pg_advisory_xact_lock(func.hashtext("regulars.job_queue")))
r = job_run.c


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """Limits and delays of the queue.

    Attributes:
        first_job: the job with priority over the others.
        max_queued: number of queued runs of one job above which the API refuses further requests.
        max_crashes: crashes in a row after which a job is not retried.
        max_failures: failures in a row after which a job is not retried before its next slot.
        first_delay_seconds: longest delay before the first retry; each further retry doubles it.
        max_delay_seconds: longest delay before a retry.
    """

    first_job: JobName = "ingest"
    max_queued: int = 50
    max_crashes: int = 3
    max_failures: int = 6
    first_delay_seconds: float = 5.0
    max_delay_seconds: float = 300.0


DEFAULT_POLICY: Final = QueuePolicy()


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """A queued run: its id, its job, and its parameters."""

    run_id: UUID
    job: JobName
    parameters: dict[str, Any]


@translate_db_errors()
def enqueue(
    engine: Engine,
    job: JobName,
    trigger: Trigger,
    scheduled_for: datetime | None = None,
    parameters: dict[str, Any] | None = None,
    policy: QueuePolicy = DEFAULT_POLICY,
) -> UUID:
    """Queue a run in a new transaction; see `enqueue_in_transaction`."""
    with engine.begin() as connection:
        return enqueue_in_transaction(connection, job, trigger, scheduled_for, parameters, policy)


def enqueue_in_transaction(
    connection: Connection,
    job: JobName,
    trigger: Trigger,
    scheduled_for: datetime | None = None,
    parameters: dict[str, Any] | None = None,
    policy: QueuePolicy = DEFAULT_POLICY,
) -> UUID:
    """Queue a run and notify the leader; return its id, or the id of a queued run with the same parameters.

    Args:
        scheduled_for: time of the request; None for now, by the database's clock.

    Raises QueueFull for a request of the API above the limit of the job.
    """
    connection.execute(LOCK)
    notify_leader(connection, job)
    equal = _equal_queued(connection, job, parameters or {}, trigger)
    if equal is not None:
        return equal
    if trigger == TRIGGER_API:
        _check_length(connection, job, policy)
    values = {
        "run_id": uuid4(),
        "job": job,
        "trigger": trigger,
        "scheduled_for": func.clock_timestamp() if scheduled_for is None else scheduled_for,
        "parameters": parameters or {},
    }
    new = connection.execute(upsert(job_run).values(values).on_conflict_do_nothing().returning(r.run_id))
    run_id: UUID | None = new.scalar_one_or_none()
    if run_id is None:  # another worker recorded the same slot
        same_slot = select(r.run_id).where(r.job == job, r.scheduled_for == scheduled_for)
        run_id = connection.execute(same_slot).scalar_one()
    return run_id


def is_queued(connection: Connection, job: JobName, parameters: dict[str, Any]) -> bool:
    """Return whether a run of the job with the same parameters is queued."""
    equal = (r.job == job, r.state == "queued", r.parameters == parameters)
    return connection.execute(select(r.run_id).where(*equal).limit(1)).first() is not None


def notify_leader(connection: Connection, job: JobName) -> None:
    """Notify the leader when this transaction commits."""
    connection.execute(select(func.pg_notify(RUNS_CHANNEL, job)))


@translate_db_errors()
def next_queued(engine: Engine, policy: QueuePolicy = DEFAULT_POLICY) -> QueuedRun | None:
    """Return the queued run to start next; crashed runs are queued again first."""
    for crashed in mark_abandoned_crashed(engine):
        # Runs of the command line are not retried: the user notices the crash.
        if crashed.trigger != CLI and not _keeps_crashing(engine, crashed.job, policy):
            enqueue(engine, crashed.job, TRIGGER_RETRY, parameters=crashed.parameters)
    values = {"first_job": policy.first_job, "longest_delay": policy.max_delay_seconds}
    with engine.connect() as connection:
        row = connection.execute(named(__package__, "next_queued"), values).mappings().one_or_none()
    return None if row is None else QueuedRun(**row)


@translate_db_errors()
def retry_later(
    engine: Engine, job: JobName, parameters: dict[str, Any] | None = None, policy: QueuePolicy = DEFAULT_POLICY
) -> datetime | None:
    """Queue a retry of a job after a failure of the infrastructure, with exponential backoff and jitter.

    Returns the time of the retry; None after too many failures in a row, or if a run with the same parameters is
    queued already.
    """
    newest = select(r.error_kind).where(r.job == job, r.started_at.is_not(None)).order_by(r.started_at.desc())
    with engine.begin() as connection:
        connection.execute(LOCK)
        kinds = connection.execute(newest.limit(policy.max_failures)).scalars().all()
        failures = next((number for number, kind in enumerate(kinds) if kind != "infrastructure"), len(kinds))
        if not 0 < failures < policy.max_failures or is_queued(connection, job, parameters or {}):
            return None
        longest = min(policy.max_delay_seconds, policy.first_delay_seconds * 2 ** (failures - 1))
        delay = timedelta(seconds=longest * random.uniform(0.5, 1))  # noqa: S311  # jitter
        at: datetime = connection.execute(select(func.clock_timestamp() + delay)).scalar_one()
        enqueue_in_transaction(connection, job, TRIGGER_RETRY, at, parameters, policy)
    return at


@translate_db_errors()
def cancel(engine: Engine, run_id: UUID) -> RunState | None:
    """Cancel a run; return its previous state, None for an unknown run.

    A queued run is cancelled immediately; a running one stops within seconds, between two transactions.
    """
    with engine.begin() as connection:
        state: RunState | None = connection.execute(
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


def _equal_queued(connection: Connection, job: JobName, parameters: dict[str, Any], trigger: Trigger) -> UUID | None:
    """Return the id of a queued run with the same parameters; a queued retry is made due now, except by a retry."""
    equal = select(r.run_id, r.trigger).where(r.job == job, r.state == "queued", r.parameters == parameters)
    row = connection.execute(equal.order_by(r.scheduled_for).limit(1).with_for_update()).one_or_none()
    if row is None:
        return None
    if row.trigger == TRIGGER_RETRY != trigger:
        due = {"trigger": trigger, "scheduled_for": func.clock_timestamp()}
        connection.execute(update(job_run).where(r.run_id == row.run_id).values(due))
    run_id: UUID = row.run_id
    return run_id


def _check_length(connection: Connection, job: JobName, policy: QueuePolicy) -> None:
    queued = select(func.count()).where(r.job == job, r.state == "queued")
    if (length := connection.execute(queued).scalar_one()) >= policy.max_queued:
        raise QueueFull(f"{length} runs of {job} are queued already; wait until some have ended, or cancel some")


def _keeps_crashing(engine: Engine, job: JobName, policy: QueuePolicy) -> bool:
    newest = select(r.state).where(r.job == job, r.started_at.is_not(None)).order_by(r.started_at.desc())
    with engine.connect() as connection:
        states = connection.execute(newest.limit(policy.max_crashes)).scalars().all()
    return states.count("crashed") == policy.max_crashes
