"""Metrics of a worker, on a port of their own."""

import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client import generate_latest
from sqlalchemy import Engine

from app.db.engine import make_engine
from app.errors import Misconfigured, NoCustomers, Stopped
from app.jobs.context import Context
from app.jobs.job import Job
from app.jobs.runs import Run
from app.monitoring.worker_metrics import WorkerMetrics
from app.settings import Settings
from tests.loading import sale, until
from tests.working import request_run, wait_for, working

Put = Callable[..., Path]


def metrics_of(engine: Engine, settings: Settings | None = None) -> WorkerMetrics:
    return WorkerMetrics(engine, settings or Settings(), lambda: True)


def text_of(metrics: WorkerMetrics) -> str:
    return generate_latest(metrics.registry).decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def read(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:  # http, on loopback
        text: str = answer.read().decode()
    return text


def test_a_worker_serves_its_metrics(context: Context, put: Put) -> None:
    put(sale())
    port = free_port()
    with working(context, metrics_port=port):
        wait_for(context, request_run(context))
        text = until(lambda: 'worker_runs_total{job="ingest",outcome="succeeded"}' in read(port)) and read(port)
    for line in ('regulars_files{state="loaded"} 1.0', "regulars_worker_is_leading 1.0", "regulars_database_up 1.0"):
        assert f"{line}\n" in str(text), line


def test_by_default_no_port_is_opened(engine: Engine) -> None:
    with metrics_of(engine).served("127.0.0.1", Settings().metrics_port) as port:
        assert port is None


def test_a_port_in_use_is_refused_with_the_setting(engine: Engine) -> None:
    metrics = metrics_of(engine)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Misconfigured, match="REGULARS_METRICS_PORT"), metrics.served("127.0.0.1", port):
            pass


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(None, "succeeded"), (NoCustomers("none"), "data"), (Stopped("now"), "cancelled"), (ValueError("x"), "program")],
)
def test_runs_are_counted_by_outcome(context: Context, error: Exception | None, outcome: str) -> None:
    def do(_context: Context, _run: Run, _parameters: object) -> None:
        if error is not None:
            raise error

    metrics = metrics_of(context.engine)
    with suppress(Exception):
        metrics.observed(Job("ingest", do)).do(context, None, {})  # type: ignore[arg-type]  # the run is not used
    assert f'worker_runs_total{{job="ingest",outcome="{outcome}"}} 1.0' in text_of(metrics)
    assert 'worker_run_seconds_count{job="ingest"} 1.0' in text_of(metrics)


def test_without_a_database_it_says_so() -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none")
    text = text_of(metrics_of(engine))
    assert ("regulars_database_up 0.0\n" in text, "regulars_files" in text) == (True, False)
    engine.dispose()
