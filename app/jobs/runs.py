"""Runs of jobs: at most one of each job at a time, with progress and outcome in its row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, func, insert, select, update

from app.db.engine import is_down, translate_db_errors
from app.errors import AlreadyRunning, BadData, Fatal, Retriable, Stopped
from app.jobs.lease import DEFAULT_TIMINGS, Lease, LeaseTimings, end_writers, held, is_free
from app.jobs.tables import ErrorKind, JobName, RunState, Trigger, job_run, run_step
from app.log_context import logging_run
from app.webhooks.outbox import emit_run_completed

CLI: Final = "cli"
CRASHED: Final = {
    "state": "crashed",
    "error": "the process ended without recording a result",
    "error_kind": "infrastructure",
}
r = job_run.c


@dataclass(frozen=True, slots=True)
class CrashedRun:
    """A run of a process that ended without recording a result.

    Attributes:
        job: name of the job.
        trigger: trigger of the run.
        parameters: parameters of the request.
    """

    job: JobName
    trigger: Trigger
    parameters: dict[str, Any]


def never_stopping() -> bool:
    """Return False: this process is never requested to stop."""
    return False


@dataclass(slots=True)
class Run:
    """A run in progress; its counts are written to its row every few seconds and at its end.

    Attributes:
        run_id: id of the run.
        job: name of the job.
        counts: numbers of processed files, rows and customers.
        engine: engine for steps; if None, steps are discarded.
        lease: lease of the job; if None, transactions have no fence.
        is_stopping: function that returns whether the process is requested to stop.
        is_cancelled: whether a client cancelled the run.
        steps: counter of step numbers.
    """

    run_id: UUID
    job: JobName
    counts: dict[str, Any] = field(default_factory=dict)
    engine: Engine | None = None
    lease: Lease | None = None
    is_stopping: Callable[[], bool] = never_stopping
    is_cancelled: bool = False
    steps: Iterator[int] = field(default_factory=lambda: count(1))

    @contextmanager
    def begin(self, engine: Engine) -> Iterator[Connection]:
        """Open a write transaction that passes the fence of the lease; raises LeaseLost."""
        with engine.begin() as connection:
            if self.lease is not None:
                self.lease.fence(engine, connection)
            yield connection

    def step(self, message: str) -> None:
        """Log a step in a separate transaction, so that a rollback of the run does not remove it."""
        if self.engine is not None:
            with self.engine.begin() as connection:
                values = {"run_id": self.run_id, "step_no": next(self.steps), "message": message}
                connection.execute(insert(run_step).values(values))

    def check(self) -> None:
        """Raise Stopped if the run is cancelled or its process is requested to stop, LeaseLost if it lost its lease."""
        if self.is_cancelled:
            raise Stopped("cancelled on request; committed work is kept")
        if self.is_stopping():
            raise Stopped("the worker was requested to stop; committed work is kept, the next run continues")
        if self.lease is not None:
            self.lease.check()

    def heartbeat(self, connection: Connection) -> None:
        """Write the progress of the run, and read whether it was cancelled."""
        progress = {"heartbeat_at": func.now(), "counts": dict(self.counts)}
        ours = update(job_run).where(r.run_id == self.run_id, r.state == "running").values(progress)
        for row in connection.execute(ours.returning(r.cancel_requested_at)):
            self.is_cancelled = row.cancel_requested_at is not None


@contextmanager
def running(
    engine: Engine,
    job: JobName,
    trigger: Trigger = CLI,
    run_id: UUID | None = None,
    parameters: dict[str, Any] | None = None,
    is_stopping: Callable[[], bool] = never_stopping,
    timings: LeaseTimings = DEFAULT_TIMINGS,
) -> Iterator[Run]:
    """Context of a running job, under the id of a queued run or a new id.

    Raises AlreadyRunning if another process runs the job. An error inside is recorded in the row and re-raised.
    """
    run = Run(run_id or uuid4(), job, engine=engine, is_stopping=is_stopping)
    message = (
        f"another {job.replace('_', ' ')} is running; wait for it (regulars status), or half a minute if its process "
        "was killed"
    )
    with (
        logging_run(run.run_id),
        translate_db_errors(),
        held(engine, job, message, run.heartbeat, timings) as run.lease,
    ):
        mark_crashed(engine, job)
        _start(engine, run, trigger, parameters or {}, is_queued=run_id is not None)
        try:
            yield run
        except BaseException as error:
            state: RunState = "cancelled" if isinstance(error, Stopped | KeyboardInterrupt) else "failed"
            _finish(engine, run, state, error)
            raise
        else:
            _finish(engine, run, "succeeded", None)


@translate_db_errors()
def mark_crashed(engine: Engine, job: JobName) -> list[CrashedRun]:
    """Mark the running runs of a job as crashed and return them; the lease of the job is free or held by the caller."""
    values = {**CRASHED, "finished_at": func.now()}
    dead = update(job_run).where(r.job == job, r.state == "running").values(values)
    with engine.begin() as connection:
        crashed = connection.execute(dead.returning(job_run)).mappings().all()
        for run in crashed:
            emit_run_completed(connection, run)
        return [CrashedRun(job, run["trigger"], run["parameters"]) for run in crashed]


@translate_db_errors()
def mark_abandoned_crashed(engine: Engine) -> list[CrashedRun]:
    """Mark running runs as crashed if the lease of their job is free, and return them; their transactions are ended."""
    return [dead for job in end_abandoned_writers(engine) for dead in mark_crashed(engine, job)]


@translate_db_errors()
def end_abandoned_writers(engine: Engine) -> list[JobName]:
    """Terminate the transactions of running runs whose lease is free, and return the jobs of these runs.

    Their process may be suspended, and hold locks. A job that takes the lease does the same; another job could wait for
    such a lock until then.
    """
    with engine.connect() as connection:
        jobs = connection.execute(select(r.job).where(r.state == "running").distinct()).scalars().all()
        free: list[JobName] = [job for job in jobs if is_free(connection, job)]
        for job in free:
            end_writers(connection, job)
    return free


def kind_of(error: BaseException) -> ErrorKind | None:
    """Return the kind of an error; None if the run was stopped."""
    kinds: list[tuple[type[BaseException], ErrorKind | None]] = [
        (Stopped, None),
        (KeyboardInterrupt, None),
        (Retriable, "infrastructure"),
        (BadData, "data"),
        (Fatal, "configuration"),
    ]
    if isinstance(error, Exception) and is_down(error):
        return "infrastructure"
    return next((kind for each, kind in kinds if isinstance(error, each)), "program")


def _start(engine: Engine, run: Run, trigger: Trigger, parameters: dict[str, Any], *, is_queued: bool) -> None:
    now = {"state": "running", "started_at": func.now(), "heartbeat_at": func.now()}
    with engine.begin() as connection:
        if is_queued:
            claimed = update(job_run).where(r.run_id == run.run_id, r.state == "queued").values(now)
            if connection.execute(claimed).rowcount == 0:
                raise AlreadyRunning(f"run {run.run_id} was taken by another worker, or cancelled")
        else:
            new = {"run_id": run.run_id, "job": run.job, "trigger": trigger, "scheduled_for": datetime.now(UTC)}
            connection.execute(insert(job_run).values({**new, **now, "parameters": parameters}))


def _finish(engine: Engine, run: Run, state: RunState, error: BaseException | None) -> None:
    message = None if error is None else str(error) or type(error).__name__
    kind = None if error is None else kind_of(error)
    values = {"state": state, "finished_at": func.now(), "counts": run.counts, "error": message, "error_kind": kind}
    with engine.begin() as connection:
        ending = update(job_run).where(r.run_id == run.run_id, r.state == "running").values(values)
        for ended in connection.execute(ending.returning(job_run)).mappings():
            emit_run_completed(connection, ended)
