"""The web app: wiring, nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.api import (
    audit,
    changes,
    clusters,
    customer_segment,
    customers,
    erasures,
    explanation,
    export_stream,
    exports,
    files,
    health,
    history,
    listing,
    lookup,
    models,
    quality,
    recommendations,
    reference,
    replay,
    runs,
    score,
    segments,
    status,
    transitions,
    webhook_deliveries,
    webhooks,
)
from app.api.access import Access, Guard
from app.api.cors import cors
from app.api.deps import SCHEMES, Reader
from app.api.gather import Gathered
from app.api.headers import security_headers
from app.api.heads import Heads
from app.api.kept import KeptReader
from app.api.openapi import documented
from app.api.operations import Operations
from app.api.problems import handle_problems
from app.api.request_ids import RequestIds
from app.api.revalidation import Revalidation
from app.db.engine import make_async_engine, make_engine
from app.db.opened import open_database
from app.pipeline.webhooks.target import Allowed
from app.settings import Settings, read_settings

ROOMS = (
    customer_segment,  # first, because routes are tried in this order, and it is asked all day
    listing,
    history,
    explanation,
    customers,
    lookup,
    score,
    changes,
    transitions,
    export_stream,
    exports,
    segments,
    clusters,
    recommendations,
    models,
    quality,
    replay,
    files,
    runs,
    webhooks,
    webhook_deliveries,
    erasures,
    status,
    audit,
    health,
    reference,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The app for these settings, by default the environment's; raises Misconfigured for malformed ones.

    Which address it may be bound to is the server's question: `app.api.access.check_binding`.
    """
    settings = settings or read_settings()
    Allowed.read(settings.webhook_allow_private)
    access = Access(settings)
    app = documented(
        lifespan=partial(_serving, settings=settings, access=access),
        middleware=[
            Middleware(Heads),
            Middleware(RequestIds, headers=security_headers(settings)),
            *cors(settings),
            Middleware(Guard, access=access),
            Middleware(Revalidation),
        ],
    )
    for room in ROOMS:
        app.include_router(room.router)
    reference.mount_assets(app)
    handle_problems(app)
    access.operations = Operations(app.routes)
    return app


@asynccontextmanager
async def _serving(app: FastAPI, settings: Settings, access: Access) -> AsyncIterator[None]:
    with open_database(settings) as url:
        engine, writer = make_async_engine(url), make_engine(url)
        reader = Reader(engine, settings)
        app.state.reader, app.state.writer = reader, writer
        app.state.exports = asyncio.Semaphore(export_stream.PAGES_AT_ONCE)
        app.state.transitions = asyncio.Semaphore(transitions.AT_ONCE)
        kept = {scheme: KeptReader(engine, settings) for scheme in SCHEMES}
        app.state.lookups = {
            scheme: Gathered(partial(customer_segment.look_up_segments, kept[scheme], scheme)) for scheme in SCHEMES
        }
        try:
            async with access.kept(reader, writer):
                yield
        finally:
            for each in kept.values():
                await each.close()
            await engine.dispose()
            writer.dispose()
