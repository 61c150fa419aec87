"""The web app: wiring, nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.api import (
    changes,
    clusters,
    customer_segment,
    customers,
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
    segments,
    status,
    transitions,
    webhook_deliveries,
    webhooks,
)
from app.api.access import KeyGuard, api_key
from app.api.deps import SCHEMES, Reader
from app.api.gather import Gathered
from app.api.kept import KeptReader
from app.api.openapi import documented
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
    customers,
    lookup,
    changes,
    transitions,
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
    status,
    health,
    reference,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The app for these settings, by default the environment's; raises Misconfigured for malformed ones.

    Which address it may be bound to is the server's question: `app.api.access.check_binding`.
    """
    settings = settings or read_settings()
    Allowed.read(settings.webhook_allow_private)
    app = documented(
        lifespan=partial(_serving, settings=settings),
        middleware=[
            Middleware(RequestIds),
            Middleware(KeyGuard, key=api_key(settings)),
            Middleware(Revalidation),
        ],
    )
    for room in ROOMS:
        app.include_router(room.router)
    reference.mount_assets(app)
    handle_problems(app)
    return app


@asynccontextmanager
async def _serving(app: FastAPI, settings: Settings) -> AsyncIterator[None]:
    with open_database(settings) as url:
        engine, writer = make_async_engine(url), make_engine(url)
        reader = Reader(engine, settings)
        app.state.reader, app.state.writer = reader, writer
        kept = {scheme: KeptReader(engine, settings) for scheme in SCHEMES}
        app.state.lookups = {
            scheme: Gathered(partial(customer_segment.look_up_segments, kept[scheme], scheme)) for scheme in SCHEMES
        }
        try:
            yield
        finally:
            for each in kept.values():
                await each.close()
            await engine.dispose()
            writer.dispose()
