"""The worker: ticks ask for runs, the database says which are due, one after the other is done.

APScheduler only ticks. A tick or a request from the API is a row in pipeline.job_run; its NOTIFY wakes the worker.
Any number of workers may run: a row is claimed by one, and one run of a job is under way at a time.
"""

import logging
import signal
import threading
from datetime import UTC, datetime

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

from app.db.engine import translated
from app.errors import AlreadyRunning, Misconfigured, RegularsError, Stopped
from app.pipeline import runs
from app.pipeline.context import Context
from app.pipeline.ingest import Counts, ingest
from app.pipeline.retrain import needs_first_training, retrain
from app.settings import Settings
from app.source.opened import open_source

log = logging.getLogger("regulars.worker")
LISTEN_SECONDS = 5.0
RETRY_SECONDS = 10.0


class Worker:
    """One worker process: `run` returns after `stop`, or a moment after a signal that calls it."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._context = Context(engine, settings)
        self._url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._stopping = threading.Event()
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        self._scheduler.add_job(
            self._tick, IntervalTrigger(seconds=settings.poll_seconds), ["ingest"], next_run_time=datetime.now(UTC)
        )
        self._scheduler.add_job(self._tick, cron(settings.retrain_cron), ["retrain"])

    def stop(self) -> None:
        """Finish what is under way and return."""
        self._stopping.set()

    def run(self) -> None:
        """Tick and work until stopped; a database that is away is waited for."""
        self._scheduler.start()
        try:
            while not self._stopping.is_set():
                try:
                    self._listen()
                except RegularsError as error:
                    log.warning("%s; trying again", error)
                    self._stopping.wait(RETRY_SECONDS)
        finally:
            self._scheduler.shutdown()

    def _listen(self) -> None:
        with translated(), psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"listen {runs.CHANNEL}")
            while not self._stopping.is_set():
                while not self._stopping.is_set() and self._work():
                    pass
                for _ in connection.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                    pass

    def _work(self) -> bool:
        due = runs.next_queued(self._context.engine)
        if due is None:
            return False
        run_id, job = due
        does = {"ingest": self._ingest, "retrain": self._retrain}[job]
        try:
            with runs.running(self._context.engine, job, run_id=run_id) as run:
                log.info("run %s: %s starts", run_id, job)
                does(run)
                log.info("run %s: %s done %s", run_id, job, run.counts)
        except (AlreadyRunning, Stopped) as error:
            log.info("%s", error)
        except RegularsError as error:
            log.error("run %s: %s failed: %s", run_id, job, error)  # noqa: TRY400  # the message says it all
        except Exception:  # a run that nobody foresaw the end of ends no worker
            log.exception("run %s: %s failed", run_id, job)
        return True

    def _ingest(self, run: runs.Run) -> None:
        context = self._context
        ingest(context, open_source(context.settings), run, self._check)
        if needs_first_training(context):
            runs.enqueue(context.engine, "retrain", runs.FIRST_SALES, context.clock())

    def _retrain(self, run: runs.Run) -> None:
        retrain(self._context, run, self._context.settings.today)

    def _check(self, done: Counts, _total: int) -> None:
        if self._stopping.is_set():
            raise Stopped(f"the worker was asked to stop; {done.files:,} files are done, the rest waits")

    def _tick(self, job: str) -> None:
        slot = datetime.now(UTC).replace(microsecond=0)
        try:
            runs.enqueue(self._context.engine, job, runs.CLOCK, slot)
        except Exception as error:  # noqa: BLE001  # whatever it was, the next tick tries again
            log.warning("the tick of %s was lost: %s", job, error)


def cron(expression: str) -> CronTrigger:
    """The trigger of a cron expression, in UTC; raises Misconfigured."""
    try:
        return CronTrigger.from_crontab(expression, timezone=UTC)
    except ValueError as error:
        raise Misconfigured(f"REGULARS_RETRAIN_CRON {expression!r}: {error}; write e.g. '0 3 * * *'") from None


def work(settings: Settings, engine: Engine) -> None:
    """Run a worker in this process until SIGTERM or SIGINT."""
    worker = Worker(settings, engine)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    log.info("worker: polls every %s s, retrains at %s UTC", settings.poll_seconds, settings.retrain_cron)
    worker.run()
    log.info("worker stopped")
