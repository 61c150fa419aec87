"""Status of the pipeline."""

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
from app.db.engine import translate_db_errors
from app.jobs.tables import ErrorKind, JobName
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
    "slots_ahead": {},
    "failures": {"infrastructure": 1},
    "current_run_id": "06a2e338-cf44-4528-a6b1-19c221002140",
    "as_of": "2026-05-01",
    "published_at": "2026-05-01T03:00:01.700000Z",
    "refused": [],
}


class Refused(BaseModel):
    """A rejected file, or one that failed too often."""

    id: int
    source: str
    key: str
    state: str
    error: str | None


class PipelineStatus(BaseModel):
    """Status of the pipeline."""

    model_config = example(EXAMPLE)

    data_through: Annotated[date | None, Field(description="Date of the latest sale that is loaded.")]
    warning: Annotated[str | None, Field(description="Problem of the data, null where there is none.")]
    gate_reason: Annotated[str | None, Field(description="Reason why a training run would not be published, or null.")]
    leader: Annotated[str | None, Field(description="Leading worker as host:process:number, null where none runs.")]
    epoch: Annotated[int | None, Field(description="Number of the leadership; it grows with every change.")]
    lease_ends_in: Annotated[float | None, Field(description="Seconds until the leader's lease ends, unless renewed.")]
    files: Annotated[dict[str, int], Field(description="Files by state.")]
    backlog: Annotated[int, Field(description="Files waiting to be loaded.")]
    settling: Annotated[
        int, Field(description="Files that changed shortly before the last ingest and wait until they are unchanged.")
    ]
    queued: Annotated[int, Field(description="Queued runs.")]
    last_success: Annotated[dict[JobName, Moment], Field(description="Last success of each job.")]
    slots_ahead: Annotated[
        dict[JobName, Moment],
        Field(description="Newest slot of each job in the future, recorded by a wrong clock; it is ignored."),
    ]
    failures: Annotated[dict[ErrorKind, int], Field(description="Failed runs of the last seven days by kind of error.")]
    current_run_id: Annotated[UUID | None, Field(description="Current run.")]
    as_of: Annotated[date | None, Field(description="Day of the current run.")]
    published_at: Moment | None
    refused: Annotated[list[Refused], Field(description="The newest ten rejected or failed files.")]


@router.get("", summary="Get pipeline status", responses=problems())
@requires_scope("quality:read")
async def get_status(writer: Writes) -> PipelineStatus:
    """Leader, backlog, failures and extent of the data, as in `regulars status`."""
    return PipelineStatus.model_validate(await run_in_threadpool(_read, writer), from_attributes=True)


def _read(engine: Engine) -> Status:
    with translate_db_errors(), engine.connect() as connection:
        return read_status(connection)
