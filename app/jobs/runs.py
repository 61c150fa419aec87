"""Runs: one of a job at a time; each shows how far it is, and says what became of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, func, insert, select, update

from app.db.engine import is_down, translated
from app.errors import AlreadyRunning, BadData, Fatal, Retriable, Stopped
from app.jobs.lease import Lease, held, is_free
from app.jobs.tables import job_run, run_step
from app.webhooks.outbox import emit_run_completed

CLI = "cli"
CRASHED = {"state": "crashed", "error": "its process stopped without a word", "error_kind": "infrastructure"}
r = job_run.c


@dataclass(frozen=True, slots=True)
class CrashedRun:
    """A run whose process died."""

    job: str
    trigger: str
    parameters: dict[str, Any]


def never_stopping() -> bool:
    """Nobody asks this process to stop."""
    return False


@dataclass(slots=True)
class Run:
    """A run under way. What it counts is written to its row every few seconds and when it ends.

    engine and lease are None where nobody looks: a run of a test's.
    """

    run_id: UUID
    job: str
    counts: dict[str, Any] = field(default_factory=dict)
    engine: Engine | None = None
    lease: Lease | None = None
    is_stopping: Callable[[], bool] = never_stopping
    is_cancelled: bool = False
    steps: Iterator[int] = field(default_factory=lambda: count(1))

    @contextmanager
    def begin(self, engine: Engine) -> Iterator[Connection]:
        """A write transaction of this run; every write of a job goes through one. Raises LeaseLost."""
        with engine.begin() as connection:
            if self.lease is not None:
                self.lease.fence(engine, connection)
            yield connection

    def step(self, message: str) -> None:
        """Log a step, for whoever looks at the run; it stays when the run is rolled back."""
        if self.engine is not None:
            with self.engine.begin() as connection:
                values = {"run_id": self.run_id, "step_no": next(self.steps), "message": message}
                connection.execute(insert(run_step).values(values))

    def check(self) -> None:
        """Raise Stopped where the run was cancelled or its process asked to stop, LeaseLost where another goes on."""
        if self.is_cancelled:
            raise Stopped("cancelled on request; what was committed stays")
        if self.is_stopping():
            raise Stopped("the worker was asked to stop; what was committed stays, the rest waits")
        if self.lease is not None:
            self.lease.check()

    def heartbeat(self, heartbeat_connection: Connection) -> None:
        """Write how far the run is, and look whether it was cancelled."""
        shown = {"heartbeat_at": func.now(), "counts": dict(self.counts)}
        ours = update(job_run).where(r.run_id == self.run_id, r.state == "running").values(shown)
        for row in heartbeat_connection.execute(ours.returning(r.cancel_requested_at)):
            self.is_cancelled = row.cancel_requested_at is not None


@contextmanager
def running(
    engine: Engine,
    job: str,
    trigger: str = CLI,
    run_id: UUID | None = None,
    parameters: dict[str, Any] | None = None,
    is_stopping: Callable[[], bool] = never_stopping,
) -> Iterator[Run]:
    """Hold the one running place of a job, under a queued run's id or a new one.

    Raises AlreadyRunning where another process holds it and is alive. An error inside is written to the row and
    raised again.
    """
    run = Run(run_id or uuid4(), job, engine=engine, is_stopping=is_stopping)
    taken = f"another {job} is running; wait for it (regulars status), or half a minute if its process was killed"
    with translated(), held(engine, job, taken, run.heartbeat) as run.lease:
        mark_crashed(engine, job)
        _start(engine, run, trigger, parameters or {}, is_queued=run_id is not None)
        try:
            yield run
        except BaseException as error:
            state = "cancelled" if isinstance(error, Stopped | KeyboardInterrupt) else "failed"
            _finish(engine, run, state, error)
            raise
        else:
            _finish(engine, run, "succeeded", None)


@translated()
def mark_crashed(engine: Engine, job: str) -> list[CrashedRun]:
    """Mark runs of a job crashed that nobody does any more, and return them. Its lease is ours, or free."""
    values = {**CRASHED, "finished_at": func.now()}
    dead = update(job_run).where(r.job == job, r.state == "running").values(values)
    with engine.begin() as connection:
        buried = connection.execute(dead.returning(job_run)).mappings().all()
        for ended in buried:
            emit_run_completed(connection, ended)
        return [CrashedRun(job, ended["trigger"], ended["parameters"]) for ended in buried]


@translated()
def mark_abandoned_crashed(engine: Engine) -> list[CrashedRun]:
    """The same for every job whose lease is free."""
    with engine.connect() as connection:
        jobs = connection.execute(select(r.job).where(r.state == "running").distinct()).scalars().all()
        free = [job for job in jobs if is_free(connection, job)]
    return [dead for job in free for dead in mark_crashed(engine, job)]


def kind_of(error: BaseException) -> str | None:
    """Whose fault an error is: infrastructure, data, configuration or program; None where a run was stopped."""
    kinds: list[tuple[type[BaseException], str | None]] = [
        (Stopped, None),
        (KeyboardInterrupt, None),
        (Retriable, "infrastructure"),
        (BadData, "data"),
        (Fatal, "configuration"),
    ]
    if isinstance(error, Exception) and is_down(error):
        return "infrastructure"
    return next((kind for each, kind in kinds if isinstance(error, each)), "program")


def _start(engine: Engine, run: Run, trigger: str, parameters: dict[str, Any], *, is_queued: bool) -> None:
    now = {"state": "running", "started_at": func.now(), "heartbeat_at": func.now()}
    with engine.begin() as connection:
        if is_queued:
            claimed = update(job_run).where(r.run_id == run.run_id, r.state == "queued").values(now)
            if connection.execute(claimed).rowcount == 0:
                raise AlreadyRunning(f"run {run.run_id} was taken by another worker, or cancelled")
        else:
            new = {"run_id": run.run_id, "job": run.job, "trigger": trigger, "scheduled_for": datetime.now(UTC)}
            connection.execute(insert(job_run).values({**new, **now, "parameters": parameters}))


def _finish(engine: Engine, run: Run, state: str, error: BaseException | None) -> None:
    said = None if error is None else str(error) or type(error).__name__
    kind = None if error is None else kind_of(error)
    values = {"state": state, "finished_at": func.now(), "counts": run.counts, "error": said, "error_kind": kind}
    with engine.begin() as connection:
        ending = update(job_run).where(r.run_id == run.run_id, r.state == "running").values(values)
        for ended in connection.execute(ending.returning(job_run)).mappings():
            emit_run_completed(connection, ended)
