"""What exports are asked with, and answered with."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.core.freshness import EXAMPLE, FreshSoFar
from app.api.core.schemas import Listing, Moment, example, list_example
from app.api.customers.profile import RFM_EXAMPLE
from app.api.runs.schemas import QUEUED, AcceptedRun
from app.db.param_types import Day, Text
from app.exports.formats import FormatName
from app.exports.request import ExportRequest
from app.exports.row_text import FIELDS, unguarded

OBJECT_EXAMPLE: Final = {
    "export_id": "0b8f8a3e-5c0f-4b7e-9d5a-6d2a7f1c9e55",
    "state": "written",
    "format": "parquet",
    "filters": {"scheme": "kmeans", "tier": "Premium"},
    "trained_run_id": "06a2e338-cf44-4528-a6b1-19c221002140",
    "trained_as_of": "2026-05-01",
    "location": "s3://exports/crm/06a2e338-cf44-4528-a6b1-19c221002140/"
    "customers_2026-05-01_0b8f8a3e-5c0f-4b7e-9d5a-6d2a7f1c9e55.parquet",
    "customers": 568,
    "bytes": 21458,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2026-05-01T03:10:02.118200Z",
    "written_at": "2026-05-01T03:10:02.904700Z",
    "deleted_at": None,
}
ROW: Final = {**RFM_EXAMPLE, "as_of": "2026-05-01"}
CSV_EXAMPLE: Final = "".join(",".join(str(each) for each in line) + "\r\n" for line in (FIELDS, ROW.values()))


class ExportQuery(ExportRequest):
    """Which customers, in which format, and where to go on."""

    format: Annotated[FormatName, Field(description="csv (safe to open in a spreadsheet), ndjson or parquet.")] = (
        "ndjson"
    )
    run_id: Annotated[
        UUID | None, Field(description="Of this training run; of the published one where it is left out.")
    ] = None
    after: Annotated[
        Text | None,
        Field(description="Go on behind this customer_id, as it stands in the file; needs run_id."),
    ] = None
    limit: Annotated[
        int | None,
        Field(description="Customers at most; the header Link then leads to the next part.", ge=1, le=2**31 - 2),
    ] = None
    header: Annotated[bool, Field(description="Whether a CSV begins with the names of its columns.")] = True
    as_of: Annotated[
        Day | None, Field(description="As it was published at the end of this day; the newest where it is left out.")
    ] = None

    @property
    def position(self) -> str:
        """The id behind which it begins, as it stands in the database."""
        after = self.after or ""
        return unguarded(after) if self.format == "csv" else after


class CustomerExportRequest(ExportRequest):
    """Which customers to write, in which format."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"format": "parquet", "tier": "Premium"}]}
    )


class AcceptedExport(AcceptedRun):
    """The queued export: a new one, or the equal one that is queued already."""

    model_config = example(
        {**QUEUED, "job": "export", "parameters": {"scheme": "kmeans", "tier": "Premium", "format": "parquet"}}
    )


class ExportObject(BaseModel):
    """An object that an export wrote."""

    model_config = example(OBJECT_EXAMPLE)

    export_id: Annotated[UUID, Field(description="Also the run_id of the job that wrote it.")]
    state: Annotated[
        Literal["writing", "written", "failed", "withdrawn", "deleted"],
        Field(
            description="written: it is there, whole; withdrawn: somebody in it was erased, so the worker deletes it; "
            "deleted: it was there until then."
        ),
    ]
    format: FormatName
    filters: Annotated[dict[str, Any], Field(description="What its customers had to pass.")]
    trained_run_id: Annotated[UUID, Field(description="Training run that its customers are of.")]
    trained_as_of: Annotated[date, Field(description="Day of that training; each customer has his own as_of.")]
    location: Annotated[str, Field(description="s3://bucket/key, or the path on the worker's machine.")]
    customers: Annotated[int | None, Field(description="Null until it is whole, as bytes and sha256.")]
    bytes: int | None
    sha256: Annotated[str | None, Field(description="Of its content, in hex.")]
    created_at: Moment
    written_at: Moment | None
    deleted_at: Moment | None


class ExportList(FreshSoFar, Listing[ExportObject]):
    """A page of objects that exports wrote."""

    model_config = example(list_example(OBJECT_EXAMPLE, beside=EXAMPLE))
