"""Schemas of exports."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.core.forecasts import FORECAST_EXAMPLE
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.schemas import Moment, Page, example, list_example
from app.api.customers.profile import RFM_EXAMPLE
from app.api.runs.schemas import QUEUED, AcceptedRun
from app.db.param_types import Day, Text
from app.exports.formats import FormatName
from app.exports.request import ExportRequest
from app.exports.row_text import unescape_formula
from app.exports.tables import ObjectState
from app.segments.customer_columns import column_names

OBJECT_EXAMPLE: Final = {
    "export_id": "0b8f8a3e-5c0f-4b7e-9d5a-6d2a7f1c9e55",
    "state": "written",
    "format": "parquet",
    "filters": {"scheme": "kmeans", "tier": ["Premium"]},
    "training_run_id": "06a2e338-cf44-4528-a6b1-19c221002140",
    "training_as_of": "2026-05-01",
    "location": "s3://exports/crm/06a2e338-cf44-4528-a6b1-19c221002140/"
    "customers_2026-05-01_0b8f8a3e-5c0f-4b7e-9d5a-6d2a7f1c9e55.parquet",
    "customers": 273,
    "bytes": 21458,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2026-05-01T03:10:02.118200Z",
    "written_at": "2026-05-01T03:10:02.904700Z",
    "deleted_at": None,
}
ROW: Final = {**RFM_EXAMPLE, "as_of": "2026-05-01", **FORECAST_EXAMPLE}
NAMES: Final = column_names("kmeans")
CSV_EXAMPLE: Final = "".join(
    ",".join(str(each) for each in line) + "\r\n" for line in (NAMES, (ROW[name] for name in NAMES))
)


class ExportQuery(ExportRequest):
    """Filters, format and position of a streamed export."""

    format: Annotated[FormatName, Field(description="csv (safe to open in a spreadsheet), ndjson or parquet.")] = (
        "ndjson"
    )
    run_id: Annotated[
        UUID | None, Field(description="Customers of this training run; by default of the current one.")
    ] = None
    after: Annotated[
        Text | None,
        Field(description="Continue after this customer_id, as written in the file; requires run_id."),
    ] = None
    limit: Annotated[
        int | None,
        Field(
            description="Maximum number of customers; the header Link has the address of the next part.",
            ge=1,
            le=2**31 - 2,
        ),
    ] = None
    header: Annotated[bool, Field(description="Whether a CSV starts with the names of the columns.")] = True
    as_of: Annotated[
        Day | None, Field(description="Customers as published at the end of this day; by default the newest.")
    ] = None

    @property
    def position(self) -> str:
        """customer_id after which the export starts, without the CSV formula escape."""
        after = self.after or ""
        return unescape_formula(after) if self.format == "csv" else after


class CustomerExportRequest(ExportRequest):
    """Filters and format of an export to a store."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"format": "parquet", "tier": ["Premium"]}]}
    )


class AcceptedExport(AcceptedRun):
    """The queued export: a new run, or a queued run with the same parameters."""

    model_config = example(
        {**QUEUED, "job": "export", "parameters": {"scheme": "kmeans", "tier": ["Premium"], "format": "parquet"}}
    )


class ExportObject(BaseModel):
    """An exported object."""

    model_config = example(OBJECT_EXAMPLE)

    export_id: Annotated[UUID, Field(description="Id of the export, and of its run: `GET /v1/runs/{run_id}`.")]
    state: Annotated[
        ObjectState,
        Field(
            description="written: complete; withdrawn: may contain an erased customer, the worker will delete it; "
            "deleted: deleted by the worker; failed: never completed."
        ),
    ]
    format: FormatName
    filters: Annotated[dict[str, Any], Field(description="Filters of the customers.")]
    training_run_id: Annotated[UUID, Field(description="Training run of the customers.")]
    training_as_of: Annotated[
        date, Field(description="Day of that training run; customers reassigned after a later load have a later as_of.")
    ]
    location: Annotated[str, Field(description="s3://bucket/key, or the path on the worker's machine.")]
    customers: Annotated[
        int | None, Field(description="Number of customers; null until the object is complete, like bytes and sha256.")
    ]
    bytes: int | None
    sha256: Annotated[str | None, Field(description="SHA-256 of the content, hex.")]
    created_at: Moment
    written_at: Moment | None
    deleted_at: Moment | None


class ExportList(NullableFreshness, Page[ExportObject]):
    """A page of exports."""

    model_config = example(list_example(OBJECT_EXAMPLE, extra=FRESHNESS_EXAMPLE))
