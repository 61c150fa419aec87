"""Freshness fields of responses: day, training run, date of the latest sale, quality, and basis of the money."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, ScalarSelect, case, select

from app.api.core.demonstration import RUN_ID
from app.contract.declared import MonetaryBasis, monetary_basis
from app.pipeline.no_model_reason import NO_MODEL_REASON
from app.pipeline.quality_warning import QUALITY_WARNING
from app.pipeline.staleness import AgeLimit, late_reasons
from app.pipeline.tables import freshness
from app.segments.tables import current_run
from app.settings import Settings


def _scalar_of(column: ColumnElement[Any], singleton: ColumnElement[bool]) -> ScalarSelect[Any]:
    return select(column).where(singleton).scalar_subquery()


CURRENT_RUN_ID: Final = _scalar_of(current_run.c.run_id, current_run.c.singleton)
"""Id of the current run, as a scalar subquery, so that the planner estimates the rows of one run."""
UPDATED_AT: Final = _scalar_of(current_run.c.updated_at, current_run.c.singleton)
"""Time of the last write of customers' states."""
WARNING: Final = case((CURRENT_RUN_ID.is_(None), NO_MODEL_REASON), else_=QUALITY_WARNING)
"""Quality warning; before the first publication, why there is none."""
DATA_THROUGH: Final = _scalar_of(freshness.c.data_through, freshness.c.singleton)
FRESHNESS: Final = select(
    CURRENT_RUN_ID.label("answer_run_id"),
    _scalar_of(current_run.c.as_of, current_run.c.singleton).label("answer_as_of"),
    DATA_THROUGH.label("data_through"),
    WARNING.label("warning"),
).subquery("current_freshness")
"""Always one row: the current run (null before the first) and the date of the latest sale."""

FRESHNESS_EXAMPLE: Final = {
    "as_of": "2026-05-01",
    "data_through": "2026-04-30",
    "run_id": RUN_ID,
    "quality": "ok",
    "quality_reason": None,
    "monetary_basis": "gross",
}

Quality = Literal["ok", "warn", "stale"]
DataThrough = Annotated[date | None, Field(description="Date of the latest sale that is loaded.")]
QualityField = Annotated[
    Quality,
    Field(
        description="ok; warn: the data have problems; stale: the sales or the segments are too old, "
        "which takes precedence over warn."
    ),
]
QualityReason = Annotated[str | None, Field(description="Reason of a quality other than ok; null for ok.")]
Basis = Annotated[
    MonetaryBasis,
    Field(
        description="Basis of every monetary value, by the data contract. gross: money of the sales that count; net: "
        "that minus returns and cancellations."
    ),
]


class Freshness(BaseModel):
    """Freshness of a response about a published run."""

    as_of: Annotated[date, Field(description="Day of the response, for which recency is computed.")]
    data_through: DataThrough
    run_id: Annotated[UUID, Field(description="Training run of the response.")]
    quality: QualityField
    quality_reason: QualityReason
    monetary_basis: Basis


class NullableFreshness(BaseModel):
    """Freshness of a response that needs no published run: as_of and run_id are null before the first publication."""

    as_of: Annotated[date | None, Field(description="Day of the published run.")]
    data_through: DataThrough
    run_id: Annotated[UUID | None, Field(description="Training run that is published.")]
    quality: QualityField
    quality_reason: QualityReason
    monetary_basis: Basis


def freshness_fields(
    row: Any, settings: Settings, *, as_of: date | None = None, today: date | None = None
) -> dict[str, Any]:
    """Return the freshness fields from a row with the columns of `FRESHNESS`.

    Args:
        row: row with the columns of `FRESHNESS`.
        settings: age limits.
        as_of: day of the response, if it differs from the day of the run.
        today: day for which ages are computed.
    """
    quality, reason = assess_quality(row.data_through, row.answer_as_of, row.warning, settings, today)
    return {
        "as_of": as_of or row.answer_as_of,
        "data_through": row.data_through,
        "run_id": row.answer_run_id,
        "quality": quality,
        "quality_reason": reason,
        "monetary_basis": monetary_basis(settings.contract),
    }


def assess_quality(
    data_through: date | None,
    as_of: date | None,
    warning: str | None,
    settings: Settings,
    today: date | None = None,
) -> tuple[Quality, str | None]:
    """Return (quality, reason), from the latest sale, the day of the segments and the pipeline's warning."""
    late = late_reasons(data_through, as_of, AgeLimit(today or settings.today, settings.stale_after_days))
    reasons = [*late, *([warning] if warning else [])]
    return "stale" if late else "warn" if warning else "ok", "; ".join(reasons) or None
