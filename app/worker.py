"""The worker: one of any number leads; it records the slots that are due and does what waits, one run after the other.

APScheduler only ticks. What is due, what waits and who leads stands in PostgreSQL; a NOTIFY wakes the leader.
"""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

from app.db.engine import translated
from app.erasure.purge import purge, retry_pending_purges
from app.errors import AlreadyRunning, RegularsError, Stopped
from app.exports.export import export
from app.exports.request import ExportRequest
from app.jobs import job_queue, runs, schedule
from app.jobs.context import Context
from app.jobs.lease import CHANNEL, LEADER, Lease, held
from app.pipeline.ingest import IngestPolicy, ingest
from app.pipeline.replay import discard, replay
from app.pipeline.retention import delete_expired, has_retention
from app.pipeline.retrain import needs_first_training, retrain
from app.settings import Settings
from app.silver.selection import QuarantineFilter
from app.source.open import open_source
from app.webhooks.dispatcher import delivering

log = logging.getLogger("regulars.worker")
LISTEN_SECONDS = 5.0
RETRY_SECONDS = 10.0
HOUR, DAY = 3_600, 86_400
GRID = datetime(1970, 1, 1, tzinfo=UTC)


class Worker:
    """One worker process: `run` returns after `stop`, or a moment after a signal that calls it."""

    def __init__(self, settings: Settings, engine: Engine, policy: IngestPolicy = IngestPolicy()) -> None:  # noqa: B008
        self._context = Context(engine, settings)
        self._url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._stopping = threading.Event()
        self._policy = replace(policy, settle=timedelta(seconds=settings.settle_seconds))
        self._lease: Lease | None = None
        self._slots = {
            "ingest": schedule.every(settings.poll_seconds),
            "retrain": schedule.cron(settings.retrain_cron, datetime.now(UTC)),
        }
        if has_retention(settings):
            self._slots["retain"] = schedule.every(DAY)
        self._jobs: dict[str, Callable[[runs.Run, dict[str, Any]], object]] = {
            "ingest": self._ingest,
            "retrain": self._retrain,
            "retain": self._retain,
            "replay": self._replay,
            "discard": self._discard,
            "export": self._export,
            "purge": self._purge,
        }
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        polls = IntervalTrigger(seconds=settings.poll_seconds, start_date=GRID)
        self._scheduler.add_job(self._tick, polls, ["ingest"])
        trains = CronTrigger.from_crontab(settings.retrain_cron, timezone=UTC)
        self._scheduler.add_job(self._tick, trains, ["retrain"])
        if "retain" in self._slots:
            self._scheduler.add_job(self._tick, IntervalTrigger(seconds=DAY, start_date=GRID), ["retain"])
        self._scheduler.add_job(self._ask_again, IntervalTrigger(seconds=HOUR, start_date=GRID))

    def stop(self) -> None:
        """Finish the transaction under way, give the lease back and return."""
        self._stopping.set()

    def run(self) -> None:
        """Lead or wait to lead, until stopped; a database that is away is waited for."""
        self._scheduler.start()
        try:
            with delivering(self._context.engine, self._context.settings):
                self._lead_or_wait()
        finally:
            self._scheduler.shutdown()

    def _lead_or_wait(self) -> None:
        while not self._stopping.is_set():
            try:
                self._lead()
            except AlreadyRunning:
                log.debug("another worker leads")
            except RegularsError as error:
                log.warning("%s; trying again", error)
                self._stopping.wait(RETRY_SECONDS)

    def _lead(self) -> None:
        with translated(), psycopg.connect(self._url, autocommit=True) as listening:
            listening.execute(f"listen {CHANNEL}")
            try:
                with held(self._context.engine, LEADER, "another worker leads") as self._lease:
                    log.info("leading, epoch %s", self._lease.epoch)
                    self._catch_up()
                    while not self._stopping.is_set():
                        self._lease.check()
                        while not self._stopping.is_set() and self._work():
                            pass
                        self._wait(listening)
            except AlreadyRunning:
                self._wait(listening)  # for the leader's word that it ends; the lease may also just run out
                raise
            finally:
                self._lease = None

    def _wait(self, listening: "psycopg.Connection[Any]") -> None:
        for _ in listening.notifies(timeout=LISTEN_SECONDS, stop_after=1):
            pass

    def _catch_up(self) -> None:
        for job in self._slots:
            self._tick(job)
        self._ask_again()
        # Whoever starts a worker wants to see it look, even if the last slot was served.
        job_queue.enqueue(self._context.engine, "ingest", job_queue.START, datetime.now(UTC))

    def _work(self) -> bool:
        due = job_queue.next_queued(self._context.engine)
        if due is None:
            return False
        run_id, job, parameters = due
        engine = self._context.engine
        try:
            with runs.running(engine, job, run_id=run_id, is_stopping=self._stopping.is_set) as run:
                log.info("run %s: %s starts", run_id, job)
                self._jobs[job](run, parameters)
                log.info("run %s: %s done %s", run_id, job, run.counts)
        except (AlreadyRunning, Stopped) as error:
            log.info("%s", error)
        except RegularsError as error:
            log.error("run %s: %s failed: %s", run_id, job, error)  # noqa: TRY400  # the message says it all
            self._retry(job, parameters, error)
        except Exception as error:  # a run that nobody foresaw the end of ends no worker
            log.exception("run %s: %s failed", run_id, job)
            self._retry(job, parameters, error)
        return True

    def _retry(self, job: str, parameters: dict[str, Any], error: Exception) -> None:
        if runs.kind_of(error) == "infrastructure":
            at = job_queue.retry_later(self._context.engine, job, parameters)
            log.info("%s: %s", job, f"again at {at:%H:%M:%S} UTC" if at else "again at its next slot")

    def _ingest(self, run: runs.Run, _parameters: dict[str, Any]) -> None:
        context = self._context
        ingest(context, open_source(context.settings), run, policy=self._policy)
        if needs_first_training(context):
            job_queue.enqueue(context.engine, "retrain", job_queue.FIRST_SALES, context.clock())

    def _retrain(self, run: runs.Run, _parameters: dict[str, Any]) -> None:
        retrain(self._context, run, self._context.settings.today)

    def _retain(self, run: runs.Run, _parameters: dict[str, Any]) -> None:
        delete_expired(self._context, run)

    def _replay(self, run: runs.Run, parameters: dict[str, Any]) -> None:
        replay(self._context, run, QuarantineFilter.read(parameters))

    def _discard(self, run: runs.Run, parameters: dict[str, Any]) -> None:
        discard(self._context, run, QuarantineFilter.read(parameters))

    def _export(self, run: runs.Run, parameters: dict[str, Any]) -> None:
        export(self._context, run, ExportRequest.model_validate(parameters))

    def _purge(self, run: runs.Run, _parameters: dict[str, Any]) -> None:
        purge(self._context, run)

    def _tick(self, job: str) -> None:
        if self._lease is None:
            return
        try:
            schedule.tick(self._context.engine, job, self._slots[job])
        except Exception as error:  # noqa: BLE001  # whatever it was, the next tick makes up for it
            log.warning("the tick of %s was lost: %s", job, error)

    def _ask_again(self) -> None:
        if self._lease is None:
            return
        try:
            retry_pending_purges(self._context.engine, datetime.now(UTC))
        except Exception as error:  # noqa: BLE001  # as above
            log.warning("what is left of erasures waits for another hour: %s", error)


def work(settings: Settings, engine: Engine, policy: IngestPolicy = IngestPolicy()) -> None:  # noqa: B008
    """Run a worker in this process until SIGTERM or SIGINT."""
    worker = Worker(settings, engine, policy)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    log.info("worker: polls every %s s, retrains at %s UTC", settings.poll_seconds, settings.retrain_cron)
    worker.run()
    log.info("worker stopped")
