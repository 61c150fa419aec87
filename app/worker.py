"""Worker process: declares the jobs and wires them with the leader and the webhook dispatcher."""

import logging
import signal
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Engine

from app.alerts.dispatcher import AlertTimings, alerting
from app.alerts.receivers import open_receivers
from app.db.engine import translate_db_errors
from app.engines.open import opened_processor
from app.erasure.purge import purge, retry_pending_purges
from app.errors import Misconfigured, RegularsError
from app.exports.export import export
from app.exports.request import ExportRequest
from app.jobs import job_queue, schedule
from app.jobs.context import Context
from app.jobs.job import Job
from app.jobs.leader import Leader, LeaderTimings
from app.jobs.runs import Run
from app.jobs.schedule import Schedule
from app.monitoring.tracing import Tracing, open_tracing, traced
from app.monitoring.worker_metrics import WorkerMetrics
from app.openlineage.delivery import LineageTimings, emitting_lineage
from app.pipeline.apply_contract import apply_contract
from app.pipeline.champion import promote, roll_back
from app.pipeline.check_quality import check_quality
from app.pipeline.evaluate_segments import evaluate_custom_segments
from app.pipeline.ingest import IngestPolicy, ingest
from app.pipeline.other_sources import check_no_other_source
from app.pipeline.refit_value import refit_value
from app.pipeline.replay import discard, replay
from app.pipeline.rescore import rescore_customers
from app.pipeline.retention import delete_expired
from app.pipeline.retrain import needs_first_training, retrain
from app.settings import Settings
from app.silver.selection import QuarantineFilter
from app.source.open import has_source, open_sources
from app.webhooks.dispatcher import DispatcherTimings, delivering

DAY_SECONDS: Final = 86_400
CHECK_SECONDS: Final = 900
"""Interval of the quality checks, which a missing file does not start."""
log = logging.getLogger("regulars.worker")


@dataclass(frozen=True, slots=True)
class WorkerTimings:
    """Timings and sizes of a worker: leader, ingest, delivery of webhooks, alerts and OpenLineage events."""

    leader: LeaderTimings = field(default_factory=LeaderTimings)
    ingest: IngestPolicy = field(default_factory=IngestPolicy)
    dispatcher: DispatcherTimings = field(default_factory=DispatcherTimings)
    alerts: AlertTimings = field(default_factory=AlertTimings)
    lineage: LineageTimings = field(default_factory=LineageTimings)


DEFAULT_TIMINGS: Final = WorkerTimings()


def _ingest(context: Context, run: Run, _: dict[str, Any], policy: IngestPolicy) -> None:
    settled = replace(policy, settle=timedelta(seconds=context.settings.settle_seconds))
    with opened_processor(context.settings) as processor:
        ingest(context, open_sources(context.settings), run, policy=settled, processor=processor)
    if needs_first_training(context):
        job_queue.enqueue(context.engine, "retrain", job_queue.TRIGGER_FIRST_SALES)


def _retrain(context: Context, run: Run, _: dict[str, Any]) -> None:
    retrain(context, run, context.settings.today)


def _rescore(context: Context, run: Run, _: dict[str, Any]) -> None:
    rescore_customers(context, run, context.settings.today)


def _promote(context: Context, run: Run, parameters: dict[str, Any]) -> None:
    promote(context, run, UUID(parameters["run_id"]))


def _roll_back(context: Context, run: Run, parameters: dict[str, Any]) -> None:
    roll_back(context, run, UUID(parameters["run_id"]))


def _refit_value(context: Context, run: Run, _: dict[str, Any]) -> None:
    refit_value(context, run, context.settings.today)


def _retain(context: Context, run: Run, _: dict[str, Any]) -> None:
    delete_expired(context, run)


def _replay(context: Context, run: Run, parameters: dict[str, Any]) -> None:
    replay(context, run, QuarantineFilter.from_values(parameters))


def _apply_contract(context: Context, run: Run, _: dict[str, Any]) -> None:
    apply_contract(context, open_sources(context.settings), run)


def _discard_quarantine(context: Context, run: Run, parameters: dict[str, Any]) -> None:
    discard(context, run, QuarantineFilter.from_values(parameters))


def _export(context: Context, run: Run, parameters: dict[str, Any]) -> None:
    export(context, run, ExportRequest.model_validate(parameters))


def _check_quality(context: Context, run: Run, _: dict[str, Any]) -> None:
    check_quality(context, run)


def _report(context: Context, run: Run, _: dict[str, Any]) -> None:
    from app.pipeline.report import report  # noqa: PLC0415  # scikit-learn takes 0.5 s

    report(context, run)


def _evaluate_segments(context: Context, run: Run, _: dict[str, Any]) -> None:
    evaluate_custom_segments(context, run)


def _purge(context: Context, run: Run, _: dict[str, Any]) -> None:
    purge(context, run)


def _queue_purge(context: Context) -> None:
    retry_pending_purges(context.engine, datetime.now(UTC))


def _polls(settings: Settings) -> Schedule:
    return schedule.every(settings.poll_seconds)


def _trains(settings: Settings) -> Schedule:
    return schedule.cron(settings.retrain_cron, datetime.now(UTC))


def _rescores(settings: Settings) -> Schedule:
    return schedule.cron(settings.rescore_cron, datetime.now(UTC))


def _checks(_settings: Settings) -> Schedule:
    return schedule.every(CHECK_SECONDS)


def _retains(_settings: Settings) -> Schedule:
    return schedule.every(DAY_SECONDS)


def make_jobs(policy: IngestPolicy) -> tuple[Job, ...]:
    """Return the jobs of a worker: name, function and schedule of each."""
    return (
        Job("ingest", partial(_ingest, policy=policy), _polls, is_run_at_start=True),
        Job("rescore", _rescore, _rescores),
        Job("retrain", _retrain, _trains),
        Job("promote", _promote),
        Job("roll_back", _roll_back),
        Job("refit_value", _refit_value),
        Job("retain", _retain, _retains),
        Job("check_quality", _check_quality, _checks),
        Job("report", _report),
        Job("evaluate_segments", _evaluate_segments),
        Job("replay", _replay),
        Job("apply_contract", _apply_contract),
        Job("discard_quarantine", _discard_quarantine),
        Job("export", _export),
        Job("purge", _purge, queue_unfinished=_queue_purge),
    )


class Worker:
    """A worker: runs jobs while it is the leader, and delivers webhooks, alerts and events, until `stop`."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        timings: WorkerTimings = DEFAULT_TIMINGS,
        tracing: Tracing | None = None,
    ) -> None:
        """Wire the worker; tracing: by default that of the settings."""
        self._context, self._timings = Context(engine, settings), timings
        self._receivers = open_receivers(settings.alert_urls)
        self._tracing = tracing or open_tracing(settings, "regulars-worker")
        if self._tracing is not None:
            self._tracing.trace_statements(engine)
        self.metrics = WorkerMetrics(engine, settings, lambda: self.leader.is_leading)
        jobs = [self._observed(job) for job in make_jobs(timings.ingest)]
        self.leader = Leader(self._context, jobs, timings.leader)

    def stop(self) -> None:
        """Let `run` return after the current transaction; can be called from any thread."""
        self.leader.stop()

    def run(self) -> None:
        """Run jobs, deliver webhooks, alerts and OpenLineage events, and serve metrics until stopped."""
        engine, settings, timings = self._context.engine, self._context.settings, self._timings
        with (
            self.metrics.served(settings.metrics_host, settings.metrics_port),
            delivering(engine, settings, timings.dispatcher),
            alerting(engine, self._receivers, timings.alerts),
            emitting_lineage(engine, settings, lambda: self.leader.is_leading, timings.lineage),
        ):
            self.leader.run()
        if self._tracing is not None:
            self._tracing.close()

    def _observed(self, job: Job) -> Job:
        return self.metrics.observed(replace(job, do=traced(self._tracing, f"job {job.name}", job.do)))


def work(settings: Settings, engine: Engine, timings: WorkerTimings = DEFAULT_TIMINGS) -> None:
    """Run a worker in this process until SIGTERM or SIGINT.

    Raises Misconfigured if the database has files of another source, or a setting of the engine is missing; each
    ingest checks that again.
    """
    with opened_processor(settings):
        pass  # it is opened only to check its settings
    _check_source(settings, engine)
    worker = Worker(settings, engine, timings)
    for number in (signal.SIGTERM, signal.SIGINT):
        # In a thread, because setting an event in a signal handler can deadlock with code that waits for it.
        signal.signal(number, lambda *_: threading.Thread(target=worker.stop).start())
    times = (settings.poll_seconds, settings.rescore_cron, settings.retrain_cron)
    log.info("worker started: polls every %s s, rescores at %s, retrains at %s UTC", *times)
    worker.run()
    log.info("worker stopped")


def _check_source(settings: Settings, engine: Engine) -> None:
    if not has_source(settings):
        return
    try:
        sources = open_sources(settings)
        with translate_db_errors(), engine.connect() as connection:
            for source, each in sources:
                check_no_other_source(connection, source, source.list(), each.server, adds_source=len(sources) > 1)
    except Misconfigured:
        raise
    except RegularsError as error:  # it may pass, such as a store that does not answer; ingests repeat the check
        log.warning("the source was not checked: %s", error)
