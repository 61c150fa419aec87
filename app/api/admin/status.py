"""Status of the pipeline."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from app.api.core.demonstration import RUN_ID, TRAINED_AT
from app.api.core.dependencies import Reader, ReaderDependency, WriterDependency
from app.api.core.openapi import problems
from app.api.core.schemas import Moment, Money, example
from app.api.core.scopes import requires_scope
from app.db.engine import translate_db_errors
from app.jobs.tables import ErrorKind, JobName
from app.pipeline.staleness import AgeLimit
from app.pipeline.status import PipelineState, read_status
from app.quality.checks.tables import CheckOutcome
from app.quality.tables import DataWarning, FileWarning, Outcome
from app.settings.check_list import CheckName

router = APIRouter(prefix="/v1/status", tags=["runs"])
STATUS_EXAMPLE: Final[dict[str, Any]] = {
    "data_through": "2026-04-30",
    "warning": None,
    "gate_reason": None,
    "stale": [],
    "stale_causes": [],
    "leader": "shop-server:4711:1f0c9a2b",
    "epoch": 3,
    "lease_ends_in": 28.4,
    "files": {"loaded": 120},
    "contracts": [
        {
            "contract_sha256": "0d5f0c0e5f6be5f0d5f4d9cf2f1e6fd9a1c5b3d4a7e8f6c2b9a0d1e2f3a4b5c6",
            "name": "Online Retail",
            "version": "1.0.0",
            "files": 120,
            "is_current": True,
        }
    ],
    "backlog": 0,
    "settling": 0,
    "not_listed": None,
    "not_read": [{"source": "sales", "suffixes": [".csv", ".csv.gz"], "objects": {".parquet": 1, ".pdf": 2}}],
    "queued": 0,
    "last_success": {"ingest": "2026-05-01T02:00:18.364500Z", "retrain": "2026-05-01T03:00:06.730000Z"},
    "slots_ahead": {},
    "failures": {"infrastructure": 1},
    "current_run_id": RUN_ID,
    "as_of": "2026-05-01",
    "published_at": TRAINED_AT,
    "refused": [],
    "money": {
        "counted": {"rows": 116373, "money": "2366220.07"},
        "no_customer": {"rows": 30090, "money": "344903.42"},
        "not_counted": {"rows": 437, "money": "27993.35"},
        "quarantined": {"rows": 4112, "money": "99626.59"},
    },
    "file_warnings": [
        {
            "kind": "mojibake",
            "rule": "",
            "files": 2,
            "rows": 36,
            "money": "3837.32",
            "example": "2026-03-01.csv: line 7",
            "message": "36 rows (3,837.32) of 2 files with texts such as Ã¼ or U+FFFD, read in a wrong encoding: "
            "check encoding",
        }
    ],
    "data_warnings": [],
    "checks": [
        {
            "check": "freshness",
            "source": "sales",
            "item": "",
            "outcome": "fail",
            "since": "2026-05-01T09:00:02.114000Z",
            "message": "no file was loaded for 2026-04-30, due by 09:00 of the following day: send it, or look up its "
            "error in `regulars status`",
        }
    ],
    "held": None,
}


class Refused(BaseModel):
    """A rejected or failed file."""

    id: int
    source: str
    key: str
    state: str
    error: str | None


class FilesByContract(BaseModel):
    """Number of active files whose loaded rows were validated by one contract."""

    contract_sha256: Annotated[
        str | None,
        Field(
            description="Null if the rows of a file were validated by several contracts, or before contracts existed."
        ),
    ]
    name: str | None
    version: str | None
    files: int
    is_current: Annotated[bool, Field(description="Whether it is the contract that the server was started with.")]


class MoneyOfRows(BaseModel):
    """Number of rows, and the sum of their absolute totals."""

    rows: int
    money: Money


class WarningOfFiles(BaseModel):
    """Warning about rows, over all files."""

    kind: FileWarning
    rule: Annotated[str, Field(description="Rule of severity warning; empty for other kinds.")]
    files: int
    rows: Annotated[int, Field(description="Number of rows; for overlap, of invoices.")]
    money: Money
    example: Annotated[str, Field(description="One of the files, and its line or the other file.")]
    message: Annotated[str, Field(description="Finding and remedy.")]


class WarningOfData(BaseModel):
    """Warning about all data."""

    kind: DataWarning
    message: str
    examples: Annotated[list[str], Field(description="Days, currencies, or ids of customers.")]


class FailingCheck(BaseModel):
    """A quality check that has found a problem."""

    check: CheckName
    source: str
    item: Annotated[str, Field(description="Column that the result is about, or empty.")]
    outcome: CheckOutcome
    since: Annotated[Moment, Field(description="Time since which the check has this outcome.")]
    message: Annotated[str, Field(description="Finding and remedy.")]


class NotRead(BaseModel):
    """Objects of one source that are not read because of their suffix."""

    source: str
    suffixes: Annotated[list[str], Field(description="Suffixes that the contract reads.")]
    objects: Annotated[
        dict[str, int],
        Field(description="Number of objects and archive members with other suffixes, by suffix, without hidden ones."),
    ]


class ModelHeld(BaseModel):
    """A model that waits for a person to promote or discard it."""

    run_id: Annotated[UUID, Field(description="Its training run.")]
    as_of: Annotated[date, Field(description="Day of the training run.")]
    since: Annotated[date, Field(description="Day of the first training run held under the present champion.")]
    reasons: Annotated[list[str], Field(description="Why its publication was proposed, and why it was held.")]


class PipelineStatus(BaseModel):
    """Status of the pipeline."""

    model_config = example(STATUS_EXAMPLE)

    data_through: Annotated[date | None, Field(description="Date of the latest sale that is loaded.")]
    warning: Annotated[str | None, Field(description="Quality warning, or null.")]
    gate_reason: Annotated[str | None, Field(description="Reason for which training runs are not published, or null.")]
    stale: Annotated[list[str], Field(description="Sales and segments that are too old; empty if none is.")]
    stale_causes: Annotated[
        list[str],
        Field(
            description="What keeps sales and segments from being updated, with the remedies. Not empty before they "
            "are too old, if an update is going to be missed."
        ),
    ]
    leader: Annotated[str | None, Field(description="Leading worker as host:process:number, or null.")]
    epoch: Annotated[int | None, Field(description="Sequence number of the leader; increases with every change.")]
    lease_ends_in: Annotated[float | None, Field(description="Seconds until the leader's lease ends, unless renewed.")]
    files: Annotated[dict[str, int], Field(description="Files by state; of an archive, its members are counted.")]
    contracts: Annotated[
        list[FilesByContract],
        Field(description="Active files by the contract of their loaded rows, the newest contract first."),
    ]
    backlog: Annotated[int, Field(description="Files waiting to be loaded.")]
    settling: Annotated[
        int, Field(description="Files that changed shortly before the last ingest, which the next ingest loads.")
    ]
    not_listed: Annotated[str | None, Field(description="Folders that the last ingest could not list, or null.")]
    not_read: Annotated[
        list[NotRead],
        Field(description="Objects that the last ingest did not read because of their suffix, by source."),
    ]
    queued: Annotated[int, Field(description="Queued runs.")]
    last_success: Annotated[dict[JobName, Moment], Field(description="Last success of each job.")]
    slots_ahead: Annotated[
        dict[JobName, Moment],
        Field(
            description="Latest scheduled time of each job that is in the future, recorded by a wrong clock. It is "
            "ignored if it is more than one interval of the job ahead."
        ),
    ]
    failures: Annotated[dict[ErrorKind, int], Field(description="Failed runs of the last seven days by kind of error.")]
    current_run_id: Annotated[UUID | None, Field(description="Current run.")]
    as_of: Annotated[date | None, Field(description="Day of the current run.")]
    published_at: Moment | None
    refused: Annotated[list[Refused], Field(description="The newest ten rejected or failed files.")]
    money: Annotated[
        dict[Outcome, MoneyOfRows],
        Field(description="Rows of all active files by outcome, and the sum of their absolute totals."),
    ]
    file_warnings: Annotated[list[WarningOfFiles], Field(description="Warnings about rows.")]
    data_warnings: Annotated[list[WarningOfData], Field(description="Warnings about all customers and files.")]
    checks: Annotated[list[FailingCheck], Field(description="Quality checks that have found a problem.")]
    held: Annotated[
        ModelHeld | None, Field(description="Newest model that waits for a person to promote or discard it, or null.")
    ]


@router.get("", summary="Get pipeline status", responses=problems())
@requires_scope("quality:read")
async def get_status(reader: ReaderDependency, writer: WriterDependency) -> PipelineStatus:
    """Get leader, backlog, failures and freshness of the data, as shown by `regulars status`."""
    return PipelineStatus.model_validate(await run_in_threadpool(_read, writer, reader), from_attributes=True)


def _read(engine: Engine, reader: Reader) -> PipelineState:
    settings = reader.settings
    with translate_db_errors(), engine.connect() as connection:
        limit = AgeLimit(settings.today, settings.stale_after_days)
        return read_status(connection, reader.contract, limit, is_contract_set=settings.is_contract_set)
