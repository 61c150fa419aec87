"""Runs: ask the pipeline to ingest or retrain, and see how it goes."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Engine, select
from starlette.concurrency import run_in_threadpool

from app.api.access import LARGEST_BODY
from app.api.deps import Reader, Reads, Writes
from app.api.freshness import EXAMPLE, FreshSoFar
from app.api.openapi import problems
from app.api.paging import Keyset, Paging, only, read_page
from app.api.problems import (
    INVALID,
    INVALID_CURSOR,
    KEY_REUSED,
    TOO_LARGE,
    UNKNOWN_RUN,
    UNREADABLE,
    Problem,
    shown,
)
from app.api.schemas import Listing, Moment, example, listed
from app.db.engine import translated
from app.pipeline.queue import API, enqueue
from app.pipeline.tables import job_run

router = APIRouter(prefix="/v1/runs", tags=["runs"])
Job = Literal["ingest", "retrain"]
State = Literal["queued", "running", "succeeded", "failed", "crashed", "cancelled", "coalesced"]
NEWEST_FIRST: Final = Keyset(("scheduled_for", "run_id"), TypeAdapter(tuple[AwareDatetime, UUID]), is_descending=True)
RUN_EXAMPLE: Final = {
    "run_id": "57a8cb78-d20e-413a-ad4c-4a8edd5b367f",
    "job": "ingest",
    "state": "succeeded",
    "trigger": "clock",
    "scheduled_for": "2026-05-01T02:00:00Z",
    "started_at": "2026-05-01T02:00:03.512900Z",
    "finished_at": "2026-05-01T02:00:05.004700Z",
    "counts": {
        "files": 120,
        "loaded": 120,
        "rejected": 0,
        "rows_read": 110771,
        "rows_loaded": 107733,
        "rows_quarantined": 3038,
        "customers": 3060,
    },
    "error": None,
}
QUEUED: Final[dict[str, Any]] = {
    **RUN_EXAMPLE,
    "state": "queued",
    "trigger": "api",
    "started_at": None,
    "finished_at": None,
    "counts": {},
}


class RunRequest(BaseModel):
    """Which job to run."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"job": "ingest"}]})

    job: Annotated[Job, Field(description="ingest: load what is new; retrain: cluster and publish anew.")]


class Run(BaseModel):
    """A job that was asked for, and how far it is."""

    model_config = example(RUN_EXAMPLE)

    run_id: UUID
    job: Job
    state: Annotated[State, Field(description="queued and running change; the others are final.")]
    trigger: Annotated[str, Field(description="Who asked: clock, api or cli.")]
    scheduled_for: Moment
    started_at: Moment | None
    finished_at: Moment | None
    counts: Annotated[dict[str, Any], Field(description="What it did, in files, rows and customers.")]
    error: Annotated[str | None, Field(description="Why it failed.")]


class AcceptedRun(Run):
    """The run that answers the request: queued, unless its idempotency key was used before."""

    model_config = example(QUEUED)


class RunList(FreshSoFar, Listing[Run]):
    """A page of runs."""

    model_config = example(listed(RUN_EXAMPLE, beside=EXAMPLE))


class Runs(Paging):
    """Filters of runs."""

    job: Annotated[Job | None, Field(description="Runs of this job.")] = None
    state: Annotated[State | None, Field(description="Runs in this state.")] = None


RUNS: Final = select(job_run)


@router.get("", summary="Runs, the newest first", responses=problems(INVALID_CURSOR, INVALID))
async def list_runs(reader: Reads, query: Annotated[Runs, Query()]) -> RunList:
    """Every run that was asked for: by the schedule, the API or the command line."""
    statement = only(RUNS, {job_run.c.job: query.job, job_run.c.state: query.state})
    page = await read_page(reader, statement, NEWEST_FIRST, query, "runs")
    return RunList.model_validate({**page, "data": [_shown(row) for row in page["data"]]})


@router.get("/{run_id}", summary="A run", responses=problems(UNKNOWN_RUN, INVALID))
async def get_run(
    reader: Reads, run_id: Annotated[UUID, Path(description="As the list or a Location gives it.")]
) -> Run:
    """How far a run is; ask again until the state is neither queued nor running."""
    return Run.model_validate(await _read(reader, run_id))


@router.post(
    "",
    status_code=202,
    summary="Ask for a run",
    max_body_size=LARGEST_BODY,
    responses={
        202: {
            "description": "Asked for; poll the address in Location.",
            "headers": {"Location": {"description": "Address of the run.", "schema": {"type": "string"}}},
        },
        **problems(UNREADABLE, TOO_LARGE, INVALID, KEY_REUSED),
    },
)
async def start_run(
    request: Request,
    wanted: RunRequest,
    response: Response,
    reader: Reads,
    writer: Writes,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Yours, new for every request: sent again, it starts nothing new.",
            min_length=1,
            max_length=255,
        ),
    ] = None,
) -> AcceptedRun:
    """Queue an ingest or a retrain for the worker, and answer at once.

    With an `Idempotency-Key` a request can be sent again after a failure: the same key gives the same run.
    """
    run_id = await run_in_threadpool(_ask, writer, wanted.job, idempotency_key)
    if run_id is None:
        raise Problem(KEY_REUSED, f"The key {shown(idempotency_key or '')} asked for another job before.")
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/v1/runs/{run_id}"
    return AcceptedRun.model_validate(await _read(reader, run_id))


def _ask(engine: Engine, job: Job, idempotency_key: str | None) -> UUID | None:
    with translated():
        return enqueue(engine, job, API, datetime.now(UTC), idempotency_key)


async def _read(reader: Reader, run_id: UUID) -> dict[str, Any]:
    found = await reader.rows(RUNS.where(job_run.c.run_id == run_id))
    if not found:
        raise Problem(UNKNOWN_RUN, f"There is no run {run_id}.")
    return _shown(found[0]._mapping)  # noqa: SLF001  # its public name


def _shown(row: Any) -> dict[str, Any]:
    # A failure that nobody foresaw may carry the statement it failed in, from the second line on.
    return {**row, "error": row["error"].partition("\n")[0] if row["error"] else None}
