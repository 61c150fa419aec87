"""Runs of jobs: asked for, claimed, finished; an asked-for run waits for a worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from app.db.engine import translated
from app.errors import AlreadyRunning, Stopped
from app.pipeline.lease import alive, bury_dead
from app.pipeline.tables import job_run

CHANNEL = "regulars_runs"
CLOCK, CLI, RETRY, FIRST_SALES = "clock", "cli", "retry", "first sales"
BY_ITSELF = (CLOCK, RETRY, FIRST_SALES)
MOST_CRASHES = 3
r = job_run.c


@dataclass(slots=True)
class Run:
    """A run under way; what it counts is written to its row when it finishes."""

    run_id: UUID
    job: str
    counts: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def begin(self, engine: Engine) -> Iterator[Connection]:
        """A write transaction of this run; every write of a job goes through one."""
        with engine.begin() as connection:
            yield connection

    def step(self, message: str) -> None:
        """Log a step, for whoever looks at the run."""

    def check(self) -> None:
        """Raise Stopped where the run was cancelled."""


@translated()
def enqueue(
    engine: Engine, job: str, trigger: str, scheduled_for: datetime, idempotency_key: str | None = None
) -> UUID | None:
    """Ask for a run and wake a worker; the id of the run that answers the request.

    The same idempotency key is answered with the run it asked for first; None where that was another job. What asks
    by itself, as a tick of the clock does, asks for nothing while the job is queued already: None.
    """
    values = {
        "run_id": uuid4(),
        "job": job,
        "trigger": trigger,
        "scheduled_for": scheduled_for,
        "idempotency_key": idempotency_key,
    }
    with engine.begin() as connection:
        is_queued = select(r.run_id).where(r.job == job, r.state == "queued").limit(1)
        if trigger in BY_ITSELF and connection.execute(is_queued).first() is not None:
            return None
        asked = connection.execute(upsert(job_run).values(values).on_conflict_do_nothing().returning(r.run_id))
        run_id: UUID | None = asked.scalar_one_or_none()
        if run_id is not None:
            connection.execute(text("select pg_notify(:channel, :job)"), {"channel": CHANNEL, "job": job})
            return run_id
        same = r.idempotency_key == idempotency_key if idempotency_key else r.scheduled_for == scheduled_for
        return connection.execute(select(r.run_id).where(r.job == job, same)).scalar_one_or_none()


@contextmanager
def running(engine: Engine, job: str, trigger: str = CLI, run_id: UUID | None = None) -> Iterator[Run]:
    """Hold the one running place of a job, under a queued run's id or a new one.

    Raises AlreadyRunning where another process holds it and is alive. An error inside is written to the row and
    raised again.
    """
    run = Run(run_id or uuid4(), job)
    with translated(), alive(engine, run.run_id):
        _bury_dead(engine, ours=job)
        _start(engine, run, trigger, is_queued=run_id is not None)
        try:
            yield run
        except BaseException as error:
            state = "cancelled" if isinstance(error, Stopped | KeyboardInterrupt) else "failed"
            _finish(engine, run, state, str(error) or type(error).__name__)
            raise
        else:
            _finish(engine, run, "succeeded", None)


@translated()
def next_queued(engine: Engine) -> tuple[UUID, str] | None:
    """The oldest queued run whose job is not running; a run that crashed is asked for again first."""
    _bury_dead(engine)
    busy = text("job not in (select job from pipeline.job_run where state = 'running')")
    query = job_run.select().where(r.state == "queued", busy).order_by(r.scheduled_for, r.run_id).limit(1)
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else (row.run_id, row.job)


def _bury_dead(engine: Engine, ours: str | None = None) -> None:
    for job, trigger in bury_dead(engine):
        # A run of ours is the next try itself, and who began one at the command line sees that it ended.
        if job != ours and trigger != CLI and not _keeps_crashing(engine, job):
            enqueue(engine, job, RETRY, datetime.now(UTC))


def _keeps_crashing(engine: Engine, job: str) -> bool:
    newest = select(r.state).where(r.job == job, r.started_at.is_not(None)).order_by(r.started_at.desc())
    with engine.connect() as connection:
        states = connection.execute(newest.limit(MOST_CRASHES)).scalars().all()
    return states.count("crashed") == MOST_CRASHES


def _start(engine: Engine, run: Run, trigger: str, *, is_queued: bool) -> None:
    now = {"state": "running", "started_at": func.now(), "heartbeat_at": func.now()}
    try:
        with engine.begin() as connection:
            if is_queued:
                claimed = update(job_run).where(r.run_id == run.run_id, r.state == "queued").values(now)
                if connection.execute(claimed).rowcount == 0:
                    raise AlreadyRunning(f"run {run.run_id} was taken by another worker")
            else:
                new = {"run_id": run.run_id, "job": run.job, "trigger": trigger, "scheduled_for": datetime.now(UTC)}
                connection.execute(insert(job_run).values({**new, **now}))
    except IntegrityError:
        raise AlreadyRunning(
            f"another {run.job} is running; wait for it (regulars status), or a minute if its process was killed"
        ) from None


def _finish(engine: Engine, run: Run, state: str, error: str | None) -> None:
    values = {"state": state, "finished_at": func.now(), "counts": run.counts, "error": error}
    with engine.begin() as connection:
        connection.execute(update(job_run).where(r.run_id == run.run_id, r.state == "running").values(values))
