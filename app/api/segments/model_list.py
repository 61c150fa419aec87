"""List the training runs with their models."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.api.core.demonstration import CLUSTER_SIZES, TRAINING_EXAMPLE
from app.api.core.dependencies import Reader, ReaderDependency
from app.api.core.freshness import CURRENT_RUN_ID, FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page
from app.api.core.problems import INVALID, INVALID_CURSOR, Problem
from app.api.core.schemas import Cluster, Moment, Page, SegmentSlug, example, list_example
from app.api.core.scopes import requires_scope
from app.api.segments.comparison_schemas import ChampionComparison, ClusterEvent
from app.api.segments.problems import UNKNOWN_MODEL
from app.pipeline.model_decisions import CAN_BE_PROMOTED, REASONS
from app.segments.registry_tables import ModelOutcome, ModelPolicy, model
from app.segments.tables import cluster_summary, revision

router = APIRouter(prefix="/v1/models", tags=["models"])
NEWEST_FIRST: Final = Keyset(("trained_at", "run_id"), TypeAdapter(tuple[datetime, UUID]), is_descending=True)
MODEL_ROW_EXAMPLE: Final[dict[str, Any]] = {
    **{name: TRAINING_EXAMPLE[name] for name in ("run_id", "as_of", "trained_at")},
    "is_current": True,
    "is_stored": True,
    "can_be_promoted": False,
    "policy": "stable",
    "outcome": "published",
    "reasons": [],
    "champion_run_id": None,
    "parent_run_id": None,
    "comparison": None,
    "cluster_events": [],
    "k": TRAINING_EXAMPLE["k"],
    "silhouette": 0.36696740135836764,
    "customers": TRAINING_EXAMPLE["customers"],
    "clusters": list(CLUSTER_SIZES),
    "clusters_as_of": TRAINING_EXAMPLE["as_of"],
    "sha256": TRAINING_EXAMPLE["sha256"],
    "window_days": None,
}


class ClusterSize(BaseModel):
    """A cluster and the number of its customers."""

    cluster: Cluster
    slug: SegmentSlug
    customers: int


class TrainedModel(BaseModel):
    """A training run."""

    model_config = example(MODEL_ROW_EXAMPLE)

    run_id: Annotated[UUID, Field(description="Training run.")]
    as_of: Annotated[date, Field(description="Day for which recency was computed.")]
    trained_at: Moment
    is_current: Annotated[bool, Field(description="Whether its segments are served now.")]
    is_stored: Annotated[bool, Field(description="Whether its customers are stored; false after their retention.")]
    can_be_promoted: Annotated[
        bool,
        Field(description="Whether it was compared with the present champion, and is not published or discarded."),
    ]
    policy: Annotated[ModelPolicy, Field(description="Policy under which it was trained.")]
    outcome: Annotated[
        ModelOutcome,
        Field(
            description="published: it became the champion; not_published: the champion stayed; held: it waits for a "
            "person to promote or discard it; promoted: a person published it; discarded: a person discarded it."
        ),
    ]
    reasons: Annotated[
        list[str],
        Field(
            description="Why it was or was not published, and the days (UTC) on which a person promoted it or rolled "
            "back to it, in sentences."
        ),
    ]
    champion_run_id: Annotated[
        UUID | None, Field(description="Champion that it was compared with; null for the first training run.")
    ]
    parent_run_id: Annotated[
        UUID | None, Field(description="Training run from whose centroids its fits began; null if they began anew.")
    ]
    comparison: Annotated[
        ChampionComparison | None, Field(description="Comparison with the champion on the customers of the training.")
    ]
    cluster_events: Annotated[
        list[ClusterEvent], Field(description="Changes of the clusters since the champion; their ids are lasting.")
    ]
    k: Annotated[int, Field(description="Number of clusters among customers that are not outliers.")]
    silhouette: Annotated[
        float | None, Field(description="Silhouette of the chosen k; null if there was only one cluster.")
    ]
    customers: Annotated[int, Field(description="Number of customers in the training run.")]
    clusters: Annotated[
        list[ClusterSize],
        Field(
            description="Clusters with the customers that they have, or had when the model was replaced, on "
            "clusters_as_of; outliers first; empty if they are not stored."
        ),
    ]
    clusters_as_of: Annotated[
        date | None,
        Field(
            description="Day of the sizes in clusters: the last day on which customers were assigned by the model; "
            "null if it was never published, or that day is not stored."
        ),
    ]
    sha256: Annotated[str, Field(description="SHA-256 of the stored model, hex.")]
    window_days: Annotated[
        int | None, Field(description="Look-back window: days whose invoices made the features; null for all.")
    ]


class ModelList(NullableFreshness, Page[TrainedModel]):
    """A page of training runs."""

    model_config = example(list_example(MODEL_ROW_EXAMPLE, extra=FRESHNESS_EXAMPLE))


def _models() -> Select[Any]:
    m, c, r = model.c, cluster_summary.c, revision.c
    newest = select(r.as_of).where(r.run_id == m.run_id).order_by(r.revision.desc()).limit(1)
    size = func.jsonb_build_object("cluster", c.cluster, "slug", c.segment, "customers", c.customers)
    sizes = (
        select(func.jsonb_agg(aggregate_order_by(size, c.cluster)))
        .where(c.run_id == m.run_id)
        .correlate(model)
        .scalar_subquery()
    )
    return select(
        *(m.run_id, m.as_of, m.trained_at, m.k, m.k_scores, m.customers, m.sha256, m.window_days),
        *(m.policy, m.outcome, REASONS, m.champion_run_id, m.parent_run_id, m.comparison, m.cluster_events),
        func.coalesce(m.run_id == CURRENT_RUN_ID, False).label("is_current"),
        m.removed_at.is_(None).label("is_stored"),
        CAN_BE_PROMOTED.label("can_be_promoted"),
        sizes.label("clusters"),
        newest.correlate(model).scalar_subquery().label("clusters_as_of"),
    )


MODELS: Final = _models()


@router.get("", summary="List models", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("segments:read")
async def list_models(reader: ReaderDependency, query: Annotated[PageParamsWithTotal, Query()]) -> ModelList:
    """List the training runs, newest first, with their comparison with the champion and why they were published or not.

    `GET /v1/models/current` has all facts of the current one. A training run stays in the list when its customers are
    removed after their retention.
    """
    page = await read_page(reader, MODELS, NEWEST_FIRST, query, "models")
    return ModelList.model_validate({**page, "data": [_fields(row) for row in page["data"]]})


async def read_model(reader: Reader, run_id: UUID) -> TrainedModel:
    """Return a training run; raises Problem for an unknown one."""
    found = await reader.rows(MODELS.where(model.c.run_id == run_id))
    if not found:
        raise Problem(UNKNOWN_MODEL, f"There is no training run {run_id}; list the models.")
    return TrainedModel.model_validate(_fields(found[0]._mapping))  # noqa: SLF001  # _mapping is public API of SQLAlchemy


def _fields(row: Mapping[Any, Any]) -> dict[str, Any]:
    clusters = row["clusters"] or []
    return {
        **row,
        "silhouette": _silhouette(row["k"], row["k_scores"]),
        "clusters": clusters,
        "clusters_as_of": row["clusters_as_of"] if clusters else None,
    }


def _silhouette(k: int, scores: list[dict[str, Any]]) -> float | None:
    return next((score["silhouette"] for score in scores if score["k"] == k), None)
