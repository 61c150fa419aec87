"""Health checks, for monitors and orchestrators; they need no key."""

import logging
from typing import Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import Reads, Writes
from app.api.core.freshness import FRESHNESS
from app.api.core.openapi import public_problems
from app.api.core.problems import Problem, declare
from app.api.core.schemas import example
from app.api.core.throttle import Throttle
from app.db.migrate import check_migrated
from app.errors import DatabaseUnavailable, DatabaseUnusable

router = APIRouter(prefix="/health", tags=["health"])
NOT_READY: Final = declare(
    "not-ready", 503, "Service not ready", "Fix the dependencies that `errors` names.", retry_after=5
)
DATABASE: Final = "database: no response, or login refused; see the log of the server"
MIGRATIONS: Final = "migrations: the schema does not match this version; run: regulars migrate"
FAILURES_LOGGED_A_MINUTE: Final = 6
log = logging.getLogger(__name__)
_failures = Throttle(FAILURES_LOGGED_A_MINUTE)


class Live(BaseModel):
    """Liveness of the process."""

    model_config = example({"status": "live"})

    status: Literal["live"]


class Ready(BaseModel):
    """Readiness of the service."""

    model_config = example({"status": "ready", "database": "ok", "migrations": "ok", "model": "published"})

    status: Literal["ready"]
    database: Literal["ok"]
    migrations: Literal["ok"]
    model: Literal["published", "none yet"]


@router.get("/live", summary="Check liveness", openapi_extra={"security": []})
async def get_liveness() -> Live:
    """200 while the process answers; nothing else is checked."""
    return Live(status="live")


@router.get(
    "/ready",
    summary="Check readiness",
    openapi_extra={"security": []},
    responses=public_problems(NOT_READY),
)
async def get_readiness(reader: Reads, writer: Writes) -> Ready:
    """200 where the database answers and is migrated; otherwise 503, and `errors` names what is missing.

    A service without a published model is ready: it answers about files, quality and runs, and can train.
    """
    try:
        await reader.rows(select(1))
    except (DatabaseUnavailable, DatabaseUnusable) as error:
        raise _missing(DATABASE, error) from None
    try:
        await run_in_threadpool(check_migrated, writer)
    except DatabaseUnusable as error:
        raise _missing(MIGRATIONS, error) from None
    except DatabaseUnavailable as error:
        raise _missing(DATABASE, error) from None
    row = (await reader.rows(select(FRESHNESS)))[0]
    model: Literal["published", "none yet"] = "none yet" if row.answer_run_id is None else "published"
    return Ready(status="ready", database="ok", migrations="ok", model=model)


def _missing(what: str, error: Exception) -> Problem:
    # The error names hosts and users: it is for the operator alone.
    if _failures.passes():
        log.warning("not ready: %s%s", error, _failures.take_suppressed())
    return Problem(NOT_READY, what, errors=[{"detail": what}])
