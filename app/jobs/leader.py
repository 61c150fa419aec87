"""Leader loop of a worker: one worker is the leader, records due slots, and executes the queued runs one by one.

APScheduler is only a timer. Slots, queue and the leader's lease are in the database; NOTIFY wakes the leader.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from app.db.engine import translate_db_errors
from app.db.listen import ListenTimings, listening
from app.errors import AlreadyRunning, DatabaseUnavailable, DatabaseUnusable, RegularsError, Stopped
from app.jobs import job_queue, runs, schedule
from app.jobs.context import Context
from app.jobs.job import Job
from app.jobs.job_queue import QueuedRun, QueuePolicy
from app.jobs.lease import LEADER, RUNS_CHANNEL, Lease, LeaseTimings, held
from app.jobs.schedule import EPOCH, Schedule
from app.jobs.tables import JobName
from app.log_context import logging_run

HOUR_SECONDS: Final = 3_600
log = logging.getLogger("regulars.worker")


@dataclass(frozen=True, slots=True)
class LeaderTimings:
    """Timings and limits of a worker.

    Attributes:
        poll_seconds: interval between two checks of the queue without a notification.
        retry_seconds: pause after an error, such as an unavailable database.
        lease: timings of the leader's lease and of the jobs' leases.
        listen: timings of the listener for notifications.
        queue: limits and delays of the queue.
    """

    poll_seconds: float = 5.0
    retry_seconds: float = 10.0
    lease: LeaseTimings = field(default_factory=LeaseTimings)
    listen: ListenTimings = field(default_factory=ListenTimings)
    queue: QueuePolicy = field(default_factory=QueuePolicy)


DEFAULT_TIMINGS: Final = LeaderTimings()


class Leader:
    """A worker that is the leader or waits for the lease; `run` returns after `stop`."""

    def __init__(self, context: Context, jobs: Sequence[Job], timings: LeaderTimings = DEFAULT_TIMINGS) -> None:
        self._context, self._timings = context, timings
        self._jobs = {job.name: job for job in jobs}
        schedules = {job.name: job.schedule(context.settings) for job in jobs}
        self._schedules: dict[JobName, Schedule] = {name: found for name, found in schedules.items() if found}
        self._stopping, self._wake = threading.Event(), threading.Event()
        self._lease: Lease | None = None
        self._ahead: set[JobName] = set()
        self._ticker = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        for name, found in self._schedules.items():
            self._ticker.add_job(self._tick, found.trigger, [name])
        self._ticker.add_job(self._end_abandoned_writers, IntervalTrigger(seconds=timings.lease.lease_seconds))
        self._ticker.add_job(self._queue_unfinished, IntervalTrigger(seconds=HOUR_SECONDS, start_date=EPOCH))

    @property
    def is_leading(self) -> bool:
        """Whether this worker holds the leader's lease."""
        return self._lease is not None

    def stop(self) -> None:
        """Let `run` finish the current transaction, release the lease and return; can be called from any thread."""
        self._stopping.set()
        self._wake.set()
        log.info("stopping: the current transaction is finished first")

    def run(self) -> None:
        """Lead or wait for the lease until stopped; retry while the database is unavailable."""
        self._ticker.start()
        try:
            with listening(self._context.engine.url, RUNS_CHANNEL, self._wake.set, self._timings.listen):
                while not self._stopping.is_set():
                    self._try_to_lead()
        finally:
            self._ticker.shutdown()

    def _try_to_lead(self) -> None:
        self._wake.clear()
        try:
            with translate_db_errors():
                self._lead()
        except AlreadyRunning:
            log.debug("another worker leads")
            self._wait()  # until the leader releases its lease, or for the poll interval
        except RegularsError as error:
            log.warning("%s; next attempt in %g s", error, self._timings.retry_seconds)
            self._stopping.wait(self._timings.retry_seconds)
        except Exception:  # an unexpected error must not end the worker
            log.exception("the worker failed; next attempt in %g s", self._timings.retry_seconds)
            self._stopping.wait(self._timings.retry_seconds)

    def _lead(self) -> None:
        engine, timings = self._context.engine, self._timings.lease
        try:
            with held(engine, LEADER, "another worker leads", timings=timings) as self._lease:
                log.info("leading, epoch %s", self._lease.epoch)
                self._begin()
                while not self._stopping.is_set():
                    self._wake.clear()
                    self._lease.check()
                    while not self._stopping.is_set() and self._work():
                        pass
                    self._wait()
        finally:
            self._lease = None

    def _wait(self) -> None:
        if not self._stopping.is_set():
            self._wake.wait(self._timings.poll_seconds)

    def _begin(self) -> None:
        for name in self._schedules:
            self._tick(name)
        self._queue_unfinished()
        for job in self._jobs.values():
            if job.is_run_at_start:
                job_queue.enqueue(self._context.engine, job.name, job_queue.TRIGGER_START)

    def _work(self) -> bool:
        """Execute the next queued run; return whether there was one."""
        queued = job_queue.next_queued(self._context.engine, self._timings.queue)
        if queued is None:
            return False
        run_id, job = queued.run_id, queued.job
        with logging_run(run_id):
            try:
                self._do(queued)
            except (AlreadyRunning, Stopped) as error:
                log.info("run %s: %s", run_id, error)
            except RegularsError as error:
                log.error("run %s: %s failed: %s", run_id, job, error)  # noqa: TRY400  # the message is enough
                self._retry(queued, error)
                if isinstance(error, DatabaseUnavailable | DatabaseUnusable):
                    raise  # the run may still be queued: pause before the next attempt
            except Exception as error:  # an unexpected error ends the run, not the worker
                log.exception("run %s: %s failed", run_id, job)
                self._retry(queued, error)
        return True

    def _do(self, queued: QueuedRun) -> None:
        with runs.running(
            self._context.engine,
            queued.job,
            run_id=queued.run_id,
            is_stopping=self._stopping.is_set,
            timings=self._timings.lease,
        ) as run:
            log.debug("run %s: %s started", queued.run_id, queued.job)
            self._jobs[queued.job].do(self._context, run, queued.parameters)
            level = logging.INFO if any(run.counts.values()) else logging.DEBUG  # no line for each idle poll
            log.log(level, "run %s: %s succeeded %s", queued.run_id, queued.job, run.counts)

    def _retry(self, queued: QueuedRun, error: Exception) -> None:
        if runs.kind_of(error) == "infrastructure":
            policy = self._timings.queue
            at = job_queue.retry_later(self._context.engine, queued.job, queued.parameters, policy)
            log.info("%s: next attempt %s", queued.job, f"at {at:%H:%M:%S} UTC" if at else "at its next slot")

    def _tick(self, name: JobName) -> None:
        if not self.is_leading:
            return
        try:
            ahead = schedule.tick(self._context.engine, name, self._schedules[name]).ahead
        except Exception as error:  # noqa: BLE001  # the next tick records the missed slots
            log.warning("%s: slots were not recorded, the next tick records them: %s", name, error)
        else:
            self._report(name, ahead)

    def _report(self, name: JobName, ahead: datetime | None) -> None:
        if ahead is not None and name not in self._ahead:
            log.warning("%s: slots until %s were recorded by a wrong clock; they are ignored", name, ahead.isoformat())
        (self._ahead.discard if ahead is None else self._ahead.add)(name)

    def _end_abandoned_writers(self) -> None:
        if not self.is_leading:
            return
        try:
            runs.end_abandoned_writers(self._context.engine)
        except RegularsError as error:
            log.warning("transactions of lost runs were not ended, the next tick ends them: %s", error)

    def _queue_unfinished(self) -> None:
        for job in self._jobs.values():
            if job.queue_unfinished is None or not self.is_leading:
                continue
            try:
                job.queue_unfinished(self._context)
            except Exception as error:  # noqa: BLE001  # the next hour's attempt queues it
                log.warning("%s: unfinished work was not queued, next attempt in an hour: %s", job.name, error)
