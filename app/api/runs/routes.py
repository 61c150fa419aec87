"""Runs of jobs: list, get, start and cancel."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, Field, TypeAdapter
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import Reader, ReaderDependency, WriterDependency
from app.api.core.idempotency import IdempotencyDependency
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page, where_equal
from app.api.core.problems import INVALID, INVALID_CURSOR, KEY_REUSED, TOO_LARGE, UNREADABLE, Problem
from app.api.core.route_table import MAX_BODY_BYTES
from app.api.core.scopes import requires_scope
from app.api.runs.problems import HAS_ENDED, TOO_MANY_RUNS, UNKNOWN_RUN
from app.api.runs.schemas import AcceptedRun, RunList, RunRequest, RunSummary, RunWithSteps, run_fields
from app.api.runs.start import respond_with_run
from app.jobs.job_queue import cancel
from app.jobs.tables import JobName, RunState, job_run, run_step

router = APIRouter(prefix="/v1/runs", tags=["runs"])
MAX_STEPS: Final = 100
RunId = Annotated[UUID, Path(description="As in the list, or in a Location header.")]
NEWEST_FIRST: Final = Keyset(("scheduled_for", "run_id"), TypeAdapter(tuple[AwareDatetime, UUID]), is_descending=True)


class RunFilters(PageParamsWithTotal):
    """Filters of runs."""

    job: Annotated[list[JobName] | None, Field(description="Of one of these jobs.")] = None
    state: Annotated[list[RunState] | None, Field(description="In one of these states.")] = None


RUNS: Final = select(job_run)


@router.get("", summary="List runs", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("quality:read")
async def list_runs(reader: ReaderDependency, query: Annotated[RunFilters, Query()]) -> RunList:
    """List the runs started by the schedule, the API or the command line, newest first."""
    statement = where_equal(RUNS, {job_run.c.job: query.job, job_run.c.state: query.state})
    page = await read_page(reader, statement, NEWEST_FIRST, query, "runs")
    return RunList.model_validate({**page, "data": [run_fields(row) for row in page["data"]]})


@router.get("/{run_id}", summary="Get a run", responses=problems(UNKNOWN_RUN, INVALID))
@requires_scope("quality:read")
async def get_run(reader: ReaderDependency, run_id: RunId) -> RunWithSteps:
    """Get the state and the steps of a run; poll until the state is neither queued nor running."""
    newest = select(run_step).where(run_step.c.run_id == run_id).order_by(run_step.c.step_no.desc()).limit(MAX_STEPS)
    steps = [{"logged_at": row.logged_at, "message": row.message} for row in await reader.rows(newest)]
    return RunWithSteps.model_validate({**await _read(reader, run_id), "steps": steps[::-1]})


@router.post(
    "/{run_id}/cancel", status_code=202, summary="Cancel a run", responses=problems(UNKNOWN_RUN, INVALID, HAS_ENDED)
)
@requires_scope("runs:write")
async def cancel_run(reader: ReaderDependency, writer: WriterDependency, run_id: RunId) -> RunSummary:
    """Cancel a queued run immediately, a running one within seconds; committed work is kept.

    The response is the current state of the run; poll it until the state is final.
    """
    state = await run_in_threadpool(cancel, writer, run_id)
    if state not in {None, "queued", "running"}:
        raise Problem(HAS_ENDED, f"The run {run_id} has ended: it is {state}.")
    return RunSummary.model_validate(await _read(reader, run_id))


@router.post(
    "",
    status_code=202,
    summary="Start a run",
    max_body_size=MAX_BODY_BYTES,
    response_model=AcceptedRun,
    responses={
        202: {
            "description": "Queued; poll the address in Location.",
            "headers": {"Location": {"description": "Address of the run.", "schema": {"type": "string"}}},
        },
        **problems(UNREADABLE, TOO_LARGE, INVALID, KEY_REUSED, TOO_MANY_RUNS),
    },
)
@requires_scope("runs:write")
async def start_run(request: Request, body: RunRequest, responder: IdempotencyDependency) -> Response:
    """Queue an ingest, a training run, or a validation of the loaded files by the worker's contract.

    If a run of the job is queued already, that run is returned.
    """
    return await respond_with_run(request, responder, body.job, AcceptedRun)


async def _read(reader: Reader, run_id: UUID) -> dict[str, Any]:
    found = await reader.rows(RUNS.where(job_run.c.run_id == run_id))
    if not found:
        raise Problem(UNKNOWN_RUN, f"The run {run_id} does not exist; list the runs.")
    return run_fields(found[0]._mapping)  # noqa: SLF001  # _mapping is public API of SQLAlchemy
