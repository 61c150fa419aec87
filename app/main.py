"""Factory of the web app: wires settings, middleware, routes and the dashboard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.api.admin import docs_page
from app.api.admin.metrics import ServiceMetrics
from app.api.core.concurrency import ConcurrencyLimits, Slots
from app.api.core.dependencies import Reader
from app.api.core.openapi import documented
from app.api.core.problems import handle_problems
from app.api.core.route_table import RouteTable
from app.api.core.segment_lookup import SegmentLookup
from app.api.customers import segment
from app.api.middleware.auth import Access, AccessTuning, Guard
from app.api.middleware.cors import cors
from app.api.middleware.etags import ETags
from app.api.middleware.head_requests import HeadRequests
from app.api.middleware.request_ids import request_ids
from app.api.middleware.request_metrics import RequestCounts, RequestMetrics
from app.api.middleware.response_headers import ResponseHeaders, security_headers
from app.api.middleware.server_errors import ServerErrors
from app.api.middleware.traces import Traces
from app.api.routers import API
from app.api.webhooks import events
from app.contract.declared import with_currency
from app.contract.open import open_contract
from app.dashboard.middleware import Dashboard
from app.db.deadlines import ReadDeadlines
from app.db.engine import make_async_engine, make_engine
from app.db.open import open_database
from app.exports.query import DEFAULT_PAGES, PageSizes
from app.monitoring.database_metrics import METRICS_SECONDS, DatabaseCollector
from app.monitoring.tracing import Tracing, open_tracing
from app.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Tuning:
    """Timings and sizes of the components.

    Attributes:
        access: keys, rate limits, failed attempts and audit log.
        concurrency: limits of concurrent slow responses.
        reads: deadlines of database queries.
        exports: sizes of the pages of streamed exports.
        metrics_seconds: time after which the metrics of the database are read again.
    """

    access: AccessTuning = field(default_factory=AccessTuning)
    concurrency: ConcurrencyLimits = field(default_factory=ConcurrencyLimits)
    reads: ReadDeadlines = field(default_factory=ReadDeadlines)
    exports: PageSizes = DEFAULT_PAGES
    metrics_seconds: float = METRICS_SECONDS


DEFAULT_TUNING: Final = Tuning()


def create_app(
    settings: Settings | None = None, tuning: Tuning = DEFAULT_TUNING, tracing: Tracing | None = None
) -> FastAPI:
    """Create the app with these settings, by default the settings of the environment.

    tracing: by default that of the settings.

    The caller checks the address to bind with `app.api.middleware.auth.check_binding`.
    """
    settings = with_currency(settings or read_settings())
    tracing = tracing or open_tracing(settings, "regulars-api")
    access, requests = Access(settings, tuning.access), RequestCounts()
    app = documented(
        webhooks=events.router,
        lifespan=partial(_running, settings=settings, tuning=tuning, access=access, requests=requests, tracing=tracing),
        middleware=[
            Middleware(HeadRequests),
            request_ids(),
            Middleware(RequestMetrics, counts=requests),
            *([Middleware(Traces, tracing=tracing)] if tracing else []),
            Middleware(ResponseHeaders, headers=security_headers(settings)),
            Middleware(ServerErrors),
            Middleware(Dashboard, access=access, settings=settings),
            *cors(settings),
            Middleware(Guard, access=access),
            Middleware(ETags),
        ],
    )
    app.router.routes.extend(segment.router.routes)  # FastAPI matches the routes of an included router twice
    app.router.routes.extend(API.routes)
    docs_page.mount_documentation(app)
    handle_problems(app)
    identifiers = [column.name for column in open_contract(settings.contract).identifiers]
    app.identifiers = identifiers
    access.operations = RouteTable(app.routes, identifiers)
    return app


@asynccontextmanager
async def _running(
    app: FastAPI,
    settings: Settings,
    tuning: Tuning,
    access: Access,
    requests: RequestCounts,
    tracing: Tracing | None,
) -> AsyncIterator[None]:
    with open_database(settings) as url:
        engine, writer = make_async_engine(url, deadlines=tuning.reads), make_engine(url)
        if tracing is not None:
            for each in (engine.sync_engine, writer):
                tracing.trace_statements(each)
        app.state.reader = reader = Reader(engine, settings)
        app.state.writer = writer
        app.state.page_sizes = tuning.exports
        app.state.segment_lookup = lookup = SegmentLookup(engine, settings)
        app.state.metrics = ServiceMetrics(requests, DatabaseCollector(tuning.metrics_seconds), reader, writer, lookup)
        app.state.slots = slots = Slots.from_limits(tuning.concurrency)
        try:
            async with access.running(reader, writer):
                yield
        finally:
            await slots.finish()
            await lookup.close()
            await engine.dispose()
            writer.dispose()
            if tracing is not None:
                tracing.close()
