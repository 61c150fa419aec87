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
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.errors import AlreadyRunning
from app.pipeline.tables import job_run

CHANNEL = "regulars_runs"
CLOCK = "clock"
HEARTBEAT_SECONDS = 5
DEAD_AFTER = timedelta(seconds=60)
SIGN_OF_LIFE = text("select pg_advisory_lock(hashtextextended(:run_id, 0))")
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
def running(engine: Engine, job: str, trigger: str = "cli", run_id: UUID | None = None) -> Iterator[Run]:
    """Hold the one running place of a job, under a queued run's id or a new one.

    Raises AlreadyRunning where another process holds it and is alive. An error inside is written to the row and
    raised again.
    """
    run = Run(run_id or uuid4(), job)
    _bury_dead(engine, job)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as pulse:
        pulse.execute(SIGN_OF_LIFE, {"run_id": str(run.run_id)})
        _start(engine, run, trigger, is_queued=run_id is not None)
        stop = threading.Event()
        heart = threading.Thread(target=_beat, args=(pulse, run.run_id, stop), name=f"heartbeat-{job}", daemon=True)
        heart.start()
        try:
            yield run
        except BaseException as error:
            _finish(engine, run, "failed", str(error) or type(error).__name__)
            raise
        else:
            _finish(engine, run, "succeeded", None)
        finally:
            stop.set()
            heart.join()
            pulse.invalidate()  # the lock goes with its session


def next_queued(engine: Engine) -> tuple[UUID, str] | None:
    """The oldest queued run whose job is not running."""
    busy = text("job not in (select job from pipeline.job_run where state = 'running')")
    query = job_run.select().where(r.state == "queued", busy).order_by(r.scheduled_for).limit(1)
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else (row.run_id, row.job)


def _bury_dead(engine: Engine, job: str) -> None:
    """A run is dead when its session, and the lock with it, is gone, or when its heart has not beaten for a minute."""
    with engine.begin() as connection:
        alive = select(r.run_id, (r.heartbeat_at < func.now() - DEAD_AFTER).label("is_silent"))
        for run_id, is_silent in connection.execute(alive.where(r.job == job, r.state == "running")).all():
            if is_silent or connection.execute(IS_DEAD, {"run_id": str(run_id)}).scalar_one():
                died = {"state": "crashed", "finished_at": func.now(), "error": "its process stopped without a word"}
                connection.execute(update(job_run).where(r.run_id == run_id, r.state == "running").values(died))


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
        with suppress(DBAPIError):
            pulse.execute(update(job_run).where(r.run_id == run_id).values(heartbeat_at=func.now()))


def _finish(engine: Engine, run: Run, state: str, error: str | None) -> None:
    values = {"state": state, "finished_at": func.now(), "counts": run.counts, "error": error}
    with engine.begin() as connection:
        connection.execute(update(job_run).where(r.run_id == run.run_id, r.state == "running").values(values))
