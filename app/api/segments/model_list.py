"""List the training runs with their models."""

from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.api.core.demonstration import CLUSTER_SIZES, TRAINING_EXAMPLE
from app.api.core.dependencies import ReaderDependency
from app.api.core.freshness import CURRENT_RUN_ID, FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.schemas import Cluster, Moment, Page, SegmentSlug, example, list_example
from app.api.core.scopes import requires_scope
from app.segments.tables import cluster_summary, model

router = APIRouter(prefix="/v1/models", tags=["models"])
NEWEST_FIRST: Final = Keyset(("trained_at", "run_id"), TypeAdapter(tuple[datetime, UUID]), is_descending=True)
MODEL_ROW_EXAMPLE: Final[dict[str, Any]] = {
    **{name: TRAINING_EXAMPLE[name] for name in ("run_id", "as_of", "trained_at")},
    "is_current": True,
    "is_stored": True,
    "k": TRAINING_EXAMPLE["k"],
    "silhouette": 0.36696740135836764,
    "customers": TRAINING_EXAMPLE["customers"],
    "clusters": list(CLUSTER_SIZES),
    "sha256": TRAINING_EXAMPLE["sha256"],
}


class ClusterSize(BaseModel):
    """A cluster and the number of its customers."""

    cluster: Cluster
    slug: SegmentSlug
    customers: int


class TrainedModel(BaseModel):
    """A training run."""

    run_id: Annotated[UUID, Field(description="Training run.")]
    as_of: Annotated[date, Field(description="Day for which recency was computed.")]
    trained_at: Moment
    is_current: Annotated[bool, Field(description="Whether its segments are served now.")]
    is_stored: Annotated[bool, Field(description="Whether its customers are stored; false after their retention.")]
    k: Annotated[int, Field(description="Number of clusters among customers that are not outliers.")]
    silhouette: Annotated[
        float | None, Field(description="Silhouette of the chosen k; null if there was only one cluster.")
    ]
    customers: Annotated[int, Field(description="Number of customers in the training run.")]
    clusters: Annotated[
        list[ClusterSize],
        Field(
            description="Clusters with the customers that they have now, outliers first; empty if they are not stored."
        ),
    ]
    sha256: Annotated[str, Field(description="SHA-256 of the stored model, hex.")]


class ModelList(NullableFreshness, Page[TrainedModel]):
    """A page of training runs."""

    model_config = example(list_example(MODEL_ROW_EXAMPLE, extra=FRESHNESS_EXAMPLE))


def _models() -> Select[Any]:
    m, c = model.c, cluster_summary.c
    size = func.jsonb_build_object("cluster", c.cluster, "slug", c.segment, "customers", c.customers)
    sizes = (
        select(func.jsonb_agg(aggregate_order_by(size, c.cluster)))
        .where(c.run_id == m.run_id)
        .correlate(model)
        .scalar_subquery()
    )
    return select(
        *(m.run_id, m.as_of, m.trained_at, m.k, m.k_scores, m.customers, m.sha256),
        func.coalesce(m.run_id == CURRENT_RUN_ID, False).label("is_current"),
        m.removed_at.is_(None).label("is_stored"),
        sizes.label("clusters"),
    )


MODELS: Final = _models()


@router.get("", summary="List models", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("segments:read")
async def list_models(reader: ReaderDependency, query: Annotated[PageParamsWithTotal, Query()]) -> ModelList:
    """List the published training runs, newest first, with the chosen number of clusters and their sizes.

    `GET /v1/models/current` has all facts of the current one. A training run stays in the list when its customers are
    removed after their retention.
    """
    page = await read_page(reader, MODELS, NEWEST_FIRST, query, "models")
    data = [
        {**row, "silhouette": _silhouette(row["k"], row["k_scores"]), "clusters": row["clusters"] or []}
        for row in page["data"]
    ]
    return ModelList.model_validate({**page, "data": data})


def _silhouette(k: int, scores: list[dict[str, Any]]) -> float | None:
    return next((score["silhouette"] for score in scores if score["k"] == k), None)
