"""Traces: spans of jobs and statements, without ids and parameters; settings."""

import builtins
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from app.errors import Misconfigured
from app.jobs.context import Context
from app.log_context import current_trace_id
from app.monitoring.tracing import NOT_INSTALLED, Tracing, open_tracing, statement_text, traced
from app.settings import Settings
from app.worker import Worker
from tests.loading import sale
from tests.tracing import attributes, everything, named
from tests.working import QUICK, request_run, wait_for

Put = Callable[..., Path]


def test_an_error_has_its_type_and_no_message(engine: Engine, tracing: Tracing, exporter: InMemorySpanExporter) -> None:
    tracing.trace_statements(engine)
    insert = text("insert into pipeline.source (name, location, is_configured) values (:name, :name, true)")
    with suppress(IntegrityError), tracing.span("job ingest", {}), engine.begin() as connection:
        connection.execute(insert, {"name": "secret"})
        connection.execute(insert, {"name": "secret"})
    failed = [span for span in exporter.get_finished_spans() if span.status.status_code is trace.StatusCode.ERROR]
    assert [(span.name, attributes(span)["error.type"]) for span in failed] == [
        ("INSERT", "UniqueViolation"),
        ("job ingest", "IntegrityError"),
    ]
    assert ("secret" in everything(exporter), [each.status.description for each in failed]) == (False, [None, None])


def test_statements_outside_a_span_are_not_recorded(
    engine: Engine, tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    tracing.trace_statements(engine)
    with engine.connect() as connection:
        connection.execute(text("select 1"))
    assert exporter.get_finished_spans() == ()


def test_a_job_has_a_span_with_the_statements_of_its_threads(
    context: Context, put: Put, tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    put(sale(customer="SECRET-7"))
    settings = context.settings.model_copy(update={"poll_seconds": 86_400})
    worker = Worker(settings, context.engine, QUICK, tracing)
    thread = threading.Thread(target=worker.run)
    thread.start()
    wait_for(context, request_run(context))
    worker.stop()
    thread.join(30)
    job = named(exporter, "job ingest")
    inside = [each for each in exporter.get_finished_spans() if each.context.trace_id == job.context.trace_id]
    texts = " ".join(str(attributes(each).get("db.query.text", "")) for each in inside)
    assert ("silver.sales_row" in texts, "SECRET-7" in everything(exporter)) == (True, False)


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("select *\n  from a where id = 'R''1' and n > 12.5", "select * from a where id = ? and n > ?"),
        ("select %(id_1)s::VARCHAR, $1, t2.c3", "select %(id_1)s::VARCHAR, $1, t2.c3"),
    ],
)
def test_literals_of_statements_are_left_out(statement: str, shown: str) -> None:
    assert statement_text(statement) == shown


def test_log_lines_know_the_trace(tracing: Tracing) -> None:
    with tracing.span("job ingest", {}) as span:
        assert current_trace_id() == trace.format_trace_id(span.get_span_context().trace_id)
    assert current_trace_id() is None


def test_tracing_is_off_by_default() -> None:
    assert open_tracing(Settings(), "test") is None
    assert traced(None, "x", print) is print


def test_a_collector_turns_it_on() -> None:
    tracing = open_tracing(Settings(otlp_endpoint="http://127.0.0.1:4318"), "test")
    assert tracing is not None
    tracing.close()


def test_without_opentelemetry_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def refuse(name: str, *arguments: Any, **named_: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return imported(name, *arguments, **named_)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(Misconfigured) as caught:
        open_tracing(Settings(otlp_endpoint="http://127.0.0.1:4318"), "test")
    assert str(caught.value) == NOT_INSTALLED


@pytest.mark.parametrize("url", ["127.0.0.1:4318", "grpc://c:4317", "http://user:key@c:4318", "http://c:4318?a=b", ""])
def test_the_address_of_a_collector_is_checked(url: str) -> None:
    with pytest.raises(ValueError, match=r"collector|user or a password"):
        Settings(otlp_endpoint=url)


def test_the_path_of_the_protocol_may_be_given() -> None:
    assert Settings(otlp_endpoint="http://c:4318/v1/traces/").otlp_endpoint == "http://c:4318"
