"""The web app: wiring, nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.api.admin import docs_page
from app.api.core.concurrency import ConcurrencyLimits, Slots
from app.api.core.dependencies import Reader
from app.api.core.openapi import documented
from app.api.core.problems import handle_problems
from app.api.core.route_table import RouteTable
from app.api.core.segment_lookup import SegmentLookup
from app.api.middleware.auth import Access, Guard
from app.api.middleware.cors import cors
from app.api.middleware.etags import ETags
from app.api.middleware.head_requests import HeadRequests
from app.api.middleware.request_ids import request_ids
from app.api.middleware.response_headers import ResponseHeaders, security_headers
from app.api.middleware.server_errors import ServerErrors
from app.api.routers import ROUTERS
from app.api.webhooks import events
from app.db.engine import make_async_engine, make_engine
from app.db.open import open_database
from app.settings import Settings, read_settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """The app for these settings, by default the environment's.

    Which address it may be bound to is the server's question: `app.api.middleware.auth.check_binding`.
    """
    settings = settings or read_settings()
    access = Access(settings)
    app = documented(
        webhooks=events.router,
        lifespan=partial(_serving, settings=settings, access=access),
        middleware=[
            Middleware(HeadRequests),
            request_ids(),
            Middleware(ResponseHeaders, headers=security_headers(settings)),
            Middleware(ServerErrors),
            *cors(settings),
            Middleware(Guard, access=access),
            Middleware(ETags),
        ],
    )
    for router in ROUTERS:
        app.include_router(router)
    docs_page.mount_assets(app)
    handle_problems(app)
    access.operations = RouteTable(app.routes)
    return app


@asynccontextmanager
async def _serving(app: FastAPI, settings: Settings, access: Access) -> AsyncIterator[None]:
    with open_database(settings) as url:
        engine, writer = make_async_engine(url), make_engine(url)
        reader = Reader(engine, settings)
        app.state.reader, app.state.writer = reader, writer
        app.state.slots = Slots.of(ConcurrencyLimits())
        app.state.segment_lookup = lookup = SegmentLookup(engine, settings)
        try:
            async with access.kept(reader, writer):
                yield
        finally:
            await lookup.close()
            await engine.dispose()
            writer.dispose()
