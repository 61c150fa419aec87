"""Metrics of a worker: its runs, its lease, its pool and the database, on a port of their own."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any, Final

from prometheus_client import Counter, Gauge, Histogram, start_http_server
from prometheus_client.metrics_core import Metric
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.db.engine import WRITE_CONNECTIONS, translate_db_errors
from app.errors import Misconfigured, RegularsError, Stopped
from app.jobs.context import Context
from app.jobs.job import Job
from app.jobs.runs import Run, kind_of
from app.monitoring.database_metrics import DATABASE_METRICS, PREFIX, DatabaseCollector, current_time
from app.monitoring.exposition import make_registry
from app.monitoring.pools import PoolCollector
from app.settings import Settings

BUCKETS: Final = (0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1_800, 3_600, 7_200)
READ_TIMEOUT: Final = text("set local statement_timeout = '5s'")


class ReadingCollector(DatabaseCollector):
    """Collector that reads the metrics of the database itself, one request at a time."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        super().__init__()
        self._engine, self._settings, self._lock = engine, settings, Lock()

    def collect(self) -> Iterator[Metric]:
        """Read the rows if they are too old, and yield their metrics."""
        with self._lock:
            if self.is_stale:
                self.update(self._read())
        return super().collect()

    def _read(self) -> Sequence[Any] | None:
        try:
            with translate_db_errors(), self._engine.begin() as connection:
                connection.execute(READ_TIMEOUT)
                return connection.execute(DATABASE_METRICS, {"now": current_time(self._settings)}).all()
        except (RegularsError, SQLAlchemyError):
            return None


class WorkerMetrics:
    """Metrics of one worker."""

    def __init__(self, engine: Engine, settings: Settings, is_leading: Callable[[], bool]) -> None:
        pools = PoolCollector({"writes": engine}, {"writes": WRITE_CONNECTIONS})
        self.registry = make_registry([ReadingCollector(engine, settings), pools])
        self._runs = Counter(
            f"{PREFIX}worker_runs",
            "Runs of this worker by job and outcome.",
            ["job", "outcome"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            f"{PREFIX}worker_run_seconds",
            "Duration of this worker's runs by job.",
            ["job"],
            registry=self.registry,
            buckets=BUCKETS,
        )
        leading = Gauge(
            f"{PREFIX}worker_is_leading", "Whether this worker holds the leader's lease.", registry=self.registry
        )
        leading.set_function(lambda: float(is_leading()))

    def observed(self, job: Job) -> Job:
        """Return a job that counts and times its runs."""
        return replace(job, do=partial(self._do, job))

    def _do(self, job: Job, context: Context, run: Run, parameters: dict[str, Any]) -> None:
        begun, outcome = time.perf_counter(), "succeeded"
        try:
            job.do(context, run, parameters)
        except BaseException as error:
            outcome = "cancelled" if isinstance(error, Stopped) else kind_of(error) or "cancelled"
            raise
        finally:
            self._runs.labels(job.name, outcome).inc()
            self._seconds.labels(job.name).observe(time.perf_counter() - begun)

    @contextmanager
    def served(self, host: str, port: int | None) -> Iterator[int | None]:
        """Serve the metrics by HTTP during the context, and yield the port; nothing without a port.

        Raises Misconfigured if the address cannot be bound.
        """
        if port is None:
            yield None
            return
        try:
            server, thread = start_http_server(port, host, registry=self.registry)
        except OSError as error:
            raise Misconfigured(
                f"cannot bind {host}:{port} for metrics: {error.strerror or error}; set another REGULARS_METRICS_PORT "
                "or REGULARS_METRICS_HOST"
            ) from None
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
