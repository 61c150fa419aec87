"""Status: what an operator asks first."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import Writes
from app.api.core.openapi import problems
from app.api.core.schemas import Moment, example
from app.api.core.scopes import requires_scope
from app.api.runs.schemas import AnyJob, ErrorKind
from app.db.engine import translated
from app.pipeline.status import Status, read_status

router = APIRouter(prefix="/v1/status", tags=["runs"])
EXAMPLE: Final[dict[str, Any]] = {
    "data_through": "2026-04-30",
    "warning": None,
    "gate_reason": None,
    "leader": "shop-server:4711:1f0c9a2b",
    "epoch": 3,
    "lease_ends_in": 28.4,
    "files": {"loaded": 120},
    "backlog": 0,
    "settling": 0,
    "queued": 0,
    "last_success": {"ingest": "2026-05-01T02:00:05.004700Z", "retrain": "2026-05-01T03:00:01.730000Z"},
    "failures": {"infrastructure": 1},
    "serving": "06a2e338-cf44-4528-a6b1-19c221002140",
    "as_of": "2026-05-01",
    "published_at": "2026-05-01T03:00:01.700000Z",
    "refused": [],
}


class Refused(BaseModel):
    """A file that was refused whole, or failed too often."""

    id: int
    source: str
    key: str
    state: str
    error: str | None


class PipelineStatus(BaseModel):
    """How the pipeline is."""

    model_config = example(EXAMPLE)

    data_through: Annotated[date | None, Field(description="Date of the latest sale that is loaded.")]
    warning: Annotated[str | None, Field(description="What is wrong with the data; null where nothing is.")]
    gate_reason: Annotated[str | None, Field(description="Why a retrain would not be published; null where it would.")]
    leader: Annotated[str | None, Field(description="The worker that leads, host:process:number; null: none runs.")]
    epoch: Annotated[int | None, Field(description="Grows with every change of the leader.")]
    lease_ends_in: Annotated[float | None, Field(description="Seconds until another may lead, if it is not renewed.")]
    files: Annotated[dict[str, int], Field(description="Files of the ledger by state.")]
    backlog: Annotated[int, Field(description="Files that wait to be loaded.")]
    settling: Annotated[int, Field(description="Files that changed just before the newest ingest, and wait.")]
    queued: Annotated[int, Field(description="Runs that wait.")]
    last_success: Annotated[dict[AnyJob, Moment], Field(description="When a run of each job last succeeded.")]
    failures: Annotated[
        dict[ErrorKind, int], Field(description="Runs of the last seven days that failed, by whose fault it was.")
    ]
    serving: Annotated[UUID | None, Field(description="Training run that is published.")]
    as_of: Annotated[date | None, Field(description="Day of the published run.")]
    published_at: Moment | None
    refused: Annotated[list[Refused], Field(description="The newest ten files that were refused or failed.")]


@router.get("", summary="How the pipeline is", responses=problems())
@requires_scope("quality:read")
async def get_status(writer: Writes) -> PipelineStatus:
    """Who leads, what waits, what failed and whose fault it was, how far the data go: what `regulars status` shows."""
    return PipelineStatus.model_validate(await run_in_threadpool(_read, writer), from_attributes=True)


def _read(engine: Engine) -> Status:
    with translated(), engine.connect() as connection:
        return read_status(connection)
