"""Health: for whoever watches the service."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import Reads, Writes
from app.api.core.freshness import served
from app.api.core.openapi import public_problems
from app.api.core.problems import NOT_READY, Problem
from app.api.core.schemas import example
from app.db.migrate import check_migrated
from app.errors import DatabaseUnavailable, DatabaseUnusable

router = APIRouter(prefix="/health", tags=["health"])


class Live(BaseModel):
    """The process answers."""

    model_config = example({"status": "live"})

    status: Literal["live"]


class Ready(BaseModel):
    """What the service needs is there."""

    model_config = example({"status": "ready", "database": "ok", "migrations": "ok", "model": "published"})

    status: Literal["ready"]
    database: Literal["ok"]
    migrations: Literal["ok"]
    model: Literal["published", "none yet"]


@router.get("/live", summary="Is the process alive?", openapi_extra={"security": []})
async def get_liveness() -> Live:
    """200 as long as the process answers at all; it asks nothing else."""
    return Live(status="live")


@router.get(
    "/ready",
    summary="Can it serve?",
    openapi_extra={"security": []},
    responses=public_problems(NOT_READY),
)
async def get_readiness(reader: Reads, writer: Writes) -> Ready:
    """200 where the database answers and is migrated; otherwise 503, `errors` says what is missing.

    A service without a published model is ready: it can be asked about files, quality and runs, and to train.
    """
    try:
        await reader.rows(select(1))
    except (DatabaseUnavailable, DatabaseUnusable):
        raise _missing("database: it does not answer, or refuses the login; the log says which") from None
    try:
        await run_in_threadpool(check_migrated, writer)
    except (DatabaseUnavailable, DatabaseUnusable) as error:
        raise _missing(f"migrations: {error}") from None
    row = (await reader.rows(select(served)))[0]
    model: Literal["published", "none yet"] = "none yet" if row.served_run_id is None else "published"
    return Ready(status="ready", database="ok", migrations="ok", model=model)


def _missing(what: str) -> Problem:
    return Problem(NOT_READY, what, errors=[{"detail": what}])
