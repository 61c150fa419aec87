"""OpenTelemetry traces of requests, jobs and SQL statements, off unless a collector is configured.

Spans have route templates, statements with placeholders, and types of errors: no path, no query string, no parameter,
no literal and no message of an error, because these contain ids of customers. OpenTelemetry's own instrumentations of
ASGI and SQLAlchemy are not used, because they record these.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, event

from app.errors import Misconfigured
from app.log_context import logging_trace
from app.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

NOT_INSTALLED: Final = (
    "REGULARS_OTLP_ENDPOINT is set and OpenTelemetry is not installed: pip install 'regulars[otel]', or unset it"
)
MAX_STATEMENT_CHARACTERS: Final = 2_000
EXPORT_SECONDS: Final = 5
LITERAL: Final = re.compile(r"'(?:[^']|'')*'|(?<![\w$%(])\d+(?:\.\d+)?\b")
SPACE: Final = re.compile(r"\s+")
SPANS: Final = "regulars.spans"
"""Key of the open spans in the `info` of a SQLAlchemy connection."""


def statement_text(statement: str) -> str:
    """Return a statement on one line, with `?` in place of its literals."""
    return SPACE.sub(" ", LITERAL.sub("?", statement)).strip()[:MAX_STATEMENT_CHARACTERS]


class Tracing:
    """Tracer of one process, with a provider of its own: nothing is registered globally."""

    def __init__(self, service: str, exporter: "SpanExporter", *, is_batched: bool = True) -> None:
        from opentelemetry import trace  # noqa: PLC0415  # an optional dependency
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        resource = Resource.create({"service.name": service, "service.version": version("regulars")})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        processor = BatchSpanProcessor(exporter) if is_batched else SimpleSpanProcessor(exporter)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("regulars", version("regulars"))
        self._trace, self._propagator = trace, TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, carrier: Mapping[str, str], *, is_request: bool = False) -> Iterator["Span"]:
        """Record a span during the context, below the parent that a `traceparent` in `carrier` names.

        An error is recorded by its type only.
        """
        trace = self._trace
        kind = trace.SpanKind.SERVER if is_request else trace.SpanKind.INTERNAL
        with self._tracer.start_as_current_span(
            name,
            self._propagator.extract(carrier),
            kind,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                with logging_trace(trace.format_trace_id(span.get_span_context().trace_id)):
                    yield span
            except BaseException as error:
                self.fail(span, type(error).__name__)
                raise

    def fail(self, span: "Span", error_type: str) -> None:
        """Mark a span as failed, with the type of the error and without its message."""
        span.set_attribute("error.type", error_type)
        span.set_status(self._trace.StatusCode.ERROR)

    def trace_statements(self, engine: Engine) -> None:
        """Record the statements of an engine that are executed inside a recorded span."""
        event.listen(engine, "before_cursor_execute", self._begin_statement)
        event.listen(engine, "after_cursor_execute", self._end_statement)
        event.listen(engine, "handle_error", self._fail_statement)

    def close(self) -> None:
        """Send the waiting spans, and stop."""
        self._provider.shutdown()

    def _begin_statement(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not self._trace.get_current_span().is_recording():
            return
        text = statement_text(statement)
        operation = next(iter(text.split(" ")), "").upper()
        span = self._tracer.start_span(
            operation,
            kind=self._trace.SpanKind.CLIENT,
            attributes={"db.system.name": "postgresql", "db.operation.name": operation, "db.query.text": text},
        )
        connection.info.setdefault(SPANS, []).append(span)

    def _end_statement(self, connection: Any, *_: Any) -> None:
        if spans := connection.info.get(SPANS):
            spans.pop().end()

    def _fail_statement(self, context: Any) -> None:
        spans = context.connection.info.get(SPANS) if context.connection is not None else None
        if spans:
            span = spans.pop()
            self.fail(span, type(context.original_exception).__name__)
            span.end()


def open_tracing(settings: Settings, service: str) -> Tracing | None:
    """Return the tracing of the settings, None if it is off; raises Misconfigured without the extra `otel`."""
    if settings.otlp_endpoint is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: F401, PLC0415
    except ImportError:
        raise Misconfigured(NOT_INSTALLED) from None
    return Tracing(service, OTLPSpanExporter(f"{settings.otlp_endpoint}/v1/traces", timeout=EXPORT_SECONDS))


def traced(tracing: Tracing | None, name: str, do: Callable[..., object]) -> Callable[..., object]:
    """Return the function with a span around each call; unchanged without tracing."""
    if tracing is None:
        return do

    def call(*arguments: Any) -> object:
        with tracing.span(name, {}):
            return do(*arguments)

    return call
