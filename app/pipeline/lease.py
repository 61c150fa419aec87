"""Which runs are alive: each holds a lock that goes with its session, and has a heart that beats."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from app.errors import AlreadyRunning
from app.pipeline.tables import job_run

HEARTBEAT_SECONDS = 5.0
DEAD_AFTER = timedelta(seconds=60)
SIGN_OF_LIFE = text("select pg_try_advisory_lock(hashtextextended(:run_id, 0))")
IS_DEAD = text("select pg_try_advisory_xact_lock(hashtextextended(:run_id, 0))")
r = job_run.c


@contextmanager
def alive(engine: Engine, run_id: UUID) -> Iterator[None]:
    """Give a sign of life for a run, in a session of its own; raises AlreadyRunning where another process does."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as pulse:
        try:
            if not pulse.execute(SIGN_OF_LIFE, {"run_id": str(run_id)}).scalar_one():
                raise AlreadyRunning(f"run {run_id} was taken by another worker")
            with _beating(pulse, run_id):
                yield
        finally:
            pulse.invalidate()  # the lock goes with its session


def bury_dead(engine: Engine) -> list[tuple[str, str]]:
    """Mark runs crashed whose lock is gone, or whose heart stood still for a minute; (job, trigger) of each."""
    died = {"state": "crashed", "finished_at": func.now(), "error": "its process stopped without a word"}
    is_silent = (r.heartbeat_at < func.now() - DEAD_AFTER).label("is_silent")
    dead: list[tuple[str, str]] = []
    with engine.begin() as connection:
        for run in connection.execute(select(r.run_id, is_silent).where(r.state == "running")).all():
            if run.is_silent or connection.execute(IS_DEAD, {"run_id": str(run.run_id)}).scalar_one():
                buried = update(job_run).where(r.run_id == run.run_id, r.state == "running").values(died)
                dead += [(row.job, row.trigger) for row in connection.execute(buried.returning(r.job, r.trigger))]
    return dead


@contextmanager
def _beating(pulse: Connection, run_id: UUID) -> Iterator[None]:
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(pulse, run_id, stop), name="heartbeat", daemon=True)
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()


def _beat(pulse: Connection, run_id: UUID, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        with suppress(SQLAlchemyError):
            if pulse.invalidated:  # the server was away, and took the session and its lock along
                pulse.rollback()
                pulse.execution_options(isolation_level="AUTOCOMMIT")
                pulse.execute(SIGN_OF_LIFE, {"run_id": str(run_id)})
            pulse.execute(update(job_run).where(r.run_id == run_id).values(heartbeat_at=func.now()))
