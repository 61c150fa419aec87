"""Schemas of runs."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.core.demonstration import LOADED_ROWS
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.schemas import Moment, Page, example, list_example
from app.jobs.tables import ErrorKind, JobName, RunState, Trigger

RequestableJob = Literal["ingest", "rescore", "retrain", "report", "apply_contract"]
RUN_EXAMPLE: Final = {
    "run_id": "57a8cb78-d20e-413a-ad4c-4a8edd5b367f",
    "job": "ingest",
    "state": "succeeded",
    "trigger": "clock",
    "scheduled_for": "2026-05-01T02:00:00Z",
    "started_at": "2026-05-01T02:00:03.512900Z",
    "finished_at": "2026-05-01T02:00:18.364500Z",
    "parameters": {},
    "progress": {"files_done": 120, "files_total": 120, "rows": LOADED_ROWS["rows_read"], "rows_per_second": 10168},
    "counts": {
        "files": 120,
        "files_total": 120,
        "loaded": 120,
        "rejected": 0,
        **LOADED_ROWS,
        "customers": 4006,
        "rows_per_second": 10168,
    },
    "error": None,
    "error_kind": None,
}
STEPS_EXAMPLE: Final = [
    {"logged_at": "2026-05-01T02:00:03.601300Z", "message": "listed 120 files in sales, 120 to load"},
    {"logged_at": "2026-05-01T02:00:18.311600Z", "message": "assigned 0 customers by the current model"},
]
QUEUED: Final[dict[str, Any]] = {
    **RUN_EXAMPLE,
    "state": "queued",
    "trigger": "api",
    "started_at": None,
    "finished_at": None,
    "progress": None,
    "counts": {},
}


class RunRequest(BaseModel):
    """Job to start."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"job": "ingest"}]})

    job: Annotated[
        RequestableJob,
        Field(
            description="ingest: load new files; rescore: score all customers for today; retrain: train a model, and "
            "publish it if the policy says so; report: measure the current model; apply_contract: validate loaded "
            "files again that were validated by another contract than the worker's."
        ),
    ]


class Progress(BaseModel):
    """Progress of an ingest, updated every two seconds."""

    files_done: int
    files_total: int
    rows: Annotated[int, Field(description="Rows read so far.")]
    rows_per_second: int


class Step(BaseModel):
    """A step of a run."""

    logged_at: Moment
    message: str


class RunSummary(BaseModel):
    """A run of a job."""

    model_config = example(RUN_EXAMPLE)

    run_id: UUID
    job: JobName
    state: Annotated[RunState, Field(description="queued and running change, the others are final.")]
    trigger: Annotated[
        Trigger,
        Field(
            description="Trigger of the run: clock (the schedule), start (of a worker), retry, first_sales, api or cli."
        ),
    ]
    scheduled_for: Moment
    started_at: Moment | None
    finished_at: Moment | None
    parameters: Annotated[dict[str, Any], Field(description="Parameters of the job.")]
    progress: Annotated[Progress | None, Field(description="Progress of an ingest; null before the first file.")]
    counts: Annotated[dict[str, Any], Field(description="Counts of files, rows and customers.")]
    error: Annotated[str | None, Field(description="Message of the failure.")]
    error_kind: Annotated[
        ErrorKind | None,
        Field(description="Kind of the failure; only infrastructure is retried automatically."),
    ]


class RunWithSteps(RunSummary):
    """A run with its steps."""

    model_config = example({**RUN_EXAMPLE, "steps": STEPS_EXAMPLE})

    steps: Annotated[list[Step], Field(description="The newest hundred steps, oldest first.")]


class AcceptedRun(RunSummary):
    """The queued run: a new run, or a queued run with the same parameters."""

    model_config = example(QUEUED)


class RunList(NullableFreshness, Page[RunSummary]):
    """A page of runs."""

    model_config = example(list_example(RUN_EXAMPLE, extra=FRESHNESS_EXAMPLE))


def run_fields(row: Any) -> dict[str, Any]:
    """Return the fields of a run, from its row."""
    counts = row["counts"]
    # The message of an unexpected failure may have the failed SQL statement from the second line on.
    error = row["error"].partition("\n")[0] if row["error"] else None
    return {**row, "error": error, "progress": _progress(counts) if "files_total" in counts else None}


def _progress(counts: dict[str, Any]) -> dict[str, int]:
    return {
        "files_done": counts["files"],
        "files_total": counts["files_total"],
        "rows": counts["rows_read"],
        "rows_per_second": counts["rows_per_second"],
    }
