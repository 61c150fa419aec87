"""Runs: history, one run with its steps, start and cancel."""

from typing import Annotated, Any, Final, get_args
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.admin.status import get_status
from app.api.core.problems import Problem
from app.api.runs.problems import HAS_ENDED
from app.api.runs.routes import RunFilters, cancel_run, get_run, list_runs, start_run
from app.api.runs.schemas import RequestableJob, RunRequest, RunSummary
from app.api.segments.model_list import list_models
from app.dashboard.frame.addresses import run_path
from app.dashboard.frame.page import ActionRoute, PageContent, PageRoute, Redirect
from app.dashboard.frame.page_request import PageQuery, PageRequest
from app.dashboard.pages.models import ModelsQuery
from app.dashboard.pages.paging import page_links
from app.dashboard.pages.quarantine import responder, to_run
from app.jobs.tables import JobName, RunState

PAGE_SIZE: Final = 25
MODELS_SHOWN: Final = 5
UNFINISHED: Final[frozenset[RunState]] = frozenset({"queued", "running"})


class RunsQuery(RunFilters):
    """Filters of the API, with pages of fewer rows."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1000)] = PAGE_SIZE


class StartForm(PageQuery):
    """Form that starts a job."""

    job: RequestableJob


async def show_runs(request: PageRequest) -> PageContent:
    """Show a page of the runs that match the filters, what can be started, and the newest models."""
    query = request.query(RunsQuery)
    page = await list_runs(request.reader, query)
    status = await get_status(request.reader, request.writer)
    has_models = request.may("segments:read")
    newest = await list_models(request.reader, ModelsQuery(limit=MODELS_SHOWN)) if has_models else None
    values = {
        "query": query,
        "runs": page.data,
        "status": status,
        "models": newest.data if newest else [],
        "jobs": get_args(JobName),
        "states": get_args(RunState),
        "startable": get_args(RequestableJob),
        "is_filtered": bool(request.filters.keys() - {"limit", "cursor"}),
        "is_live": any(run.state in UNFINISHED for run in page.data),
        **page_links(request, page.next_cursor),
    }
    return PageContent("runs.html", "Runs", values, page)


async def show_run(request: PageRequest) -> PageContent:
    """Show a run with its steps; it is followed while it is queued or running."""
    request.query(PageQuery)
    run = await get_run(request.reader, UUID(request.param("run_id")))
    values = {"run": run, "counts": _counts(run), "is_live": run.state in UNFINISHED}
    return PageContent("run.html", f"Run of {run.job}", values)


async def start(request: PageRequest) -> Redirect:
    """Queue a run, and go to its page."""
    form = await request.form(StartForm)
    return to_run(await start_run(request.http, RunRequest(job=form.job), responder(request)))


async def cancel(request: PageRequest) -> Redirect:
    """Cancel a run; one that has ended meanwhile is shown as it is."""
    run_id = UUID(request.param("run_id"))
    try:
        await cancel_run(request.reader, request.writer, run_id)
    except Problem as problem:
        if problem.kind is not HAS_ENDED:
            raise
    return Redirect(run_path(run_id))


def _counts(run: RunSummary) -> list[tuple[str, Any, bool]]:
    """Return label, value, and whether it is a whole number, of each count."""
    return [
        (name.replace("_", " ").capitalize(), value, isinstance(value, int) and not isinstance(value, bool))
        for name, value in run.counts.items()
        if value is not None
    ]


ROUTE: Final = PageRoute("/runs", show_runs, ("quality:read",), "Runs")
RUN: Final = PageRoute("/runs/{run_id:uuid}", show_run, ("quality:read",), "Runs")
START: Final = ActionRoute("/runs/start", start, ("runs:write",))
CANCEL: Final = ActionRoute("/runs/{run_id:uuid}/cancel", cancel, ("runs:write",))
