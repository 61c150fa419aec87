"""Runs of jobs: asked for, claimed, kept alive, finished."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from app.errors import AlreadyRunning, Stopped
from app.pipeline.tables import job_run

CHANNEL = "regulars_runs"
CLOCK, CLI = "clock", "cli"
HEARTBEAT_SECONDS = 5
DEAD_AFTER = timedelta(seconds=60)
CRASHES_IN_A_ROW = 3
SIGN_OF_LIFE = text("select pg_try_advisory_lock(hashtextextended(:run_id, 0))")
IS_DEAD = text("select pg_try_advisory_xact_lock(hashtextextended(:run_id, 0))")
r = job_run.c


@dataclass(slots=True)
class Run:
    """A run under way; what it counts is written to its row when it finishes."""

    run_id: UUID
    job: str
    counts: dict[str, Any] = field(default_factory=dict)


def enqueue(
    engine: Engine, job: str, trigger: str, scheduled_for: datetime, idempotency_key: str | None = None
) -> UUID | None:
    """Ask for a run and wake a worker; the id of the run that answers the request.

    The same idempotency key is answered with the run it asked for first. A tick of the clock asks for nothing while
    the job is queued already: None.
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
        if trigger == CLOCK and connection.execute(is_queued).first() is not None:
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
    _bury_dead(engine)
    with _pulse(engine, run) as pulse:
        _start(engine, run, trigger, is_queued=run_id is not None)
        with _beating(pulse, run):
            try:
                yield run
            except BaseException as error:
                state = "cancelled" if isinstance(error, Stopped | KeyboardInterrupt) else "failed"
                _finish(engine, run, state, str(error) or type(error).__name__)
                raise
            else:
                _finish(engine, run, "succeeded", None)


def next_queued(engine: Engine) -> tuple[UUID, str] | None:
    """The oldest queued run whose job is not running; a run whose process died is asked for again first."""
    for job in _bury_dead(engine):
        if not _keeps_crashing(engine, job):
            enqueue(engine, job, "retry", datetime.now(UTC))
    busy = text("job not in (select job from pipeline.job_run where state = 'running')")
    query = job_run.select().where(r.state == "queued", busy).order_by(r.scheduled_for, r.run_id).limit(1)
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else (row.run_id, row.job)


def _bury_dead(engine: Engine) -> list[str]:
    """The jobs of runs found dead: their session, and the lock with it, is gone, or their heart stood still too long.

    What the command line began is not among them: who began it sees that it ended.
    """
    jobs = []
    with engine.begin() as connection:
        alive = select(r.run_id, r.job, r.trigger, (r.heartbeat_at < func.now() - DEAD_AFTER).label("is_silent"))
        for run_id, job, trigger, is_silent in connection.execute(alive.where(r.state == "running")).all():
            if is_silent or connection.execute(IS_DEAD, {"run_id": str(run_id)}).scalar_one():
                died = {"state": "crashed", "finished_at": func.now(), "error": "its process stopped without a word"}
                dead = update(job_run).where(r.run_id == run_id, r.state == "running").values(died)
                jobs += [job] * connection.execute(dead).rowcount if trigger != CLI else []
    return jobs


def _keeps_crashing(engine: Engine, job: str) -> bool:
    newest = select(r.state).where(r.job == job, r.started_at.is_not(None)).order_by(r.started_at.desc())
    with engine.connect() as connection:
        states = connection.execute(newest.limit(CRASHES_IN_A_ROW)).scalars().all()
    return states.count("crashed") == CRASHES_IN_A_ROW


@contextmanager
def _pulse(engine: Engine, run: Run) -> Iterator[Connection]:
    """A session that holds the run's sign of life: a lock that goes with it, whatever becomes of the process."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as pulse:
        try:
            if not pulse.execute(SIGN_OF_LIFE, {"run_id": str(run.run_id)}).scalar_one():
                raise AlreadyRunning(f"run {run.run_id} was taken by another worker")
            yield pulse
        finally:
            pulse.invalidate()


@contextmanager
def _beating(pulse: Connection, run: Run) -> Iterator[None]:
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(pulse, run.run_id, stop), name=f"heartbeat-{run.job}", daemon=True)
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()


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


def _beat(pulse: Connection, run_id: UUID, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        with suppress(SQLAlchemyError):
            if pulse.invalidated:  # the server was away, and the lock went with the session
                pulse.rollback()
                pulse.execute(SIGN_OF_LIFE, {"run_id": str(run_id)})
            pulse.execute(update(job_run).where(r.run_id == run_id).values(heartbeat_at=func.now()))


def _finish(engine: Engine, run: Run, state: str, error: str | None) -> None:
    values = {"state": state, "finished_at": func.now(), "counts": run.counts, "error": error}
    with engine.begin() as connection:
        connection.execute(update(job_run).where(r.run_id == run.run_id, r.state == "running").values(values))
