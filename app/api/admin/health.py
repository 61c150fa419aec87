"""Health checks for monitors and orchestrators, without authentication."""

import logging
from typing import Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import ReaderDependency, WriterDependency
from app.api.core.freshness import FRESHNESS
from app.api.core.openapi import public_problems
from app.api.core.problems import Problem, declare
from app.api.core.schemas import example
from app.api.core.throttle import Throttle
from app.db.migrate import check_migrated
from app.errors import DatabaseUnavailable, DatabaseUnusable

router = APIRouter(prefix="/health", tags=["health"])
NOT_READY: Final = declare(
    "not-ready", 503, "Service not ready", "Fix the dependencies listed in `errors`.", retry_after=5
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
    """Return 200 while the process responds; nothing else is checked."""
    return Live(status="live")


@router.get(
    "/ready",
    summary="Check readiness",
    openapi_extra={"security": []},
    responses=public_problems(NOT_READY),
)
async def get_readiness(reader: ReaderDependency, writer: WriterDependency) -> Ready:
    """Return 200 if the database responds and its schema is current; otherwise 503 with the failed checks in `errors`.

    A service without a published model is ready: files, quality and runs can be read, and a model can be trained.
    """
    try:
        await reader.rows(select(1))
    except (DatabaseUnavailable, DatabaseUnusable) as error:
        raise _not_ready(DATABASE, error) from None
    try:
        await run_in_threadpool(check_migrated, writer)
    except DatabaseUnusable as error:
        raise _not_ready(MIGRATIONS, error) from None
    except DatabaseUnavailable as error:
        raise _not_ready(DATABASE, error) from None
    row = (await reader.rows(select(FRESHNESS)))[0]
    model: Literal["published", "none yet"] = "none yet" if row.answer_run_id is None else "published"
    return Ready(status="ready", database="ok", migrations="ok", model=model)


def _not_ready(reason: str, error: Exception) -> Problem:
    # The error has names of hosts and users: it is logged for the operator, not returned.
    if _failures.passes():
        log.warning("not ready: %s%s", error, _failures.take_suppressed())
    return Problem(NOT_READY, reason, errors=[{"detail": reason}])
