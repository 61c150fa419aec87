"""Report of a model: separation, stability, and what its groups say about later purchases."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from sqlalchemy import Select, select

from app.api.core.dependencies import Reader, ReaderDependency
from app.api.core.freshness import CURRENT_RUN_ID
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, NO_MODEL, Problem
from app.api.core.schemas import Currency, Moment, example
from app.api.core.scopes import requires_scope
from app.api.segments.problems import NO_REPORT, UNKNOWN_MODEL
from app.api.segments.report_example import REPORT_EXAMPLE
from app.pipeline.no_model_reason import NO_MODEL_REASON
from app.segments.model.report.records import ClusterReport, ForecastReport, HoldoutReport
from app.segments.registry_tables import model
from app.segments.reports.tables import report

router = APIRouter(prefix="/v1/models", tags=["models"])
CURRENT: Final = "current"
RequestedModel = Annotated[
    UUID | Literal["current"],
    Path(description="Training run, as in the list of models, or `current`.", examples=[CURRENT]),
]


class Report(BaseModel):
    """The report of a model."""

    model_config = example(REPORT_EXAMPLE)

    run_id: Annotated[UUID, Field(description="Training run.")]
    computed_at: Moment
    currency: Currency
    as_of: Annotated[date, Field(description="Day of the model.")]
    customers: Annotated[int, Field(description="Customers of the training run, without those erased since.")]
    sampled: Annotated[int, Field(description="Customers that clusters and holdout were measured on, at most 50,000.")]
    random_state: Annotated[int, Field(description="Seed of samples and refits.")]
    clusters: Annotated[ClusterReport, Field(description="Silhouette and stability of each cluster.")]
    forecast: Annotated[
        ForecastReport, Field(description="Parameters of BG/NBD and gamma-gamma, or why there are none.")
    ]
    holdout: Annotated[
        HoldoutReport,
        Field(
            description="Scores of every scheme at past days, by the purchases after them, or why there are none. They "
            "are rankings: means of groups are learnt at the same day, because levels change with the season."
        ),
    ]


def _report_of(wanted: Any) -> Select[Any]:
    stored = model.outerjoin(report, report.c.run_id == model.c.run_id)
    return (
        select(model.c.run_id, report.c.computed_at, report.c.report)
        .select_from(stored)
        .where(model.c.run_id == wanted)
    )


@router.get(
    "/{model}/report",
    summary="Get the report of a model",
    responses=problems(UNKNOWN_MODEL, NO_REPORT, INVALID, NO_MODEL),
)
@requires_scope("segments:read")
async def get_report(reader: ReaderDependency, model: RequestedModel) -> Report:
    """Get how good a model is: silhouette and stability of its clusters, temporal holdout of every scheme, calibration.

    It is computed by the job `report`, or by `regulars report`, and stored.
    """
    found = await find_report(reader, model)
    if found is None:
        raise Problem(NO_REPORT, f"The report of model {model} has not been computed.")
    return found


async def find_report(reader: Reader, wanted: UUID | Literal["current"]) -> Report | None:
    """Return the report of a model; None if it was not computed. Raises Problem for an unknown model."""
    rows = await reader.rows(_report_of(CURRENT_RUN_ID if wanted == CURRENT else wanted))
    if not rows and wanted == CURRENT:
        raise Problem(NO_MODEL, (await reader.rows(select(NO_MODEL_REASON)))[0][0])
    if not rows:
        raise Problem(UNKNOWN_MODEL, f"There is no model {wanted}.")
    row = rows[0]
    if row.report is None:
        return None
    extra = {"run_id": row.run_id, "computed_at": row.computed_at, "currency": reader.settings.currency}
    return Report.model_validate({**row.report, **extra})
