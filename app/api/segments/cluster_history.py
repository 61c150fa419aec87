"""History of the lasting clusters: births, deaths, splits and merges by published models."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Date, Integer, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONPATH

from app.api.core.demonstration import CLUSTER_SIZES, TRAINING_EXAMPLE
from app.api.core.dependencies import ReaderDependency
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.openapi import problems
from app.api.core.pagination import PageParamsWithTotal, read_page
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.schemas import Moment, Page, example, list_example
from app.api.core.scopes import requires_scope
from app.api.segments.comparison_schemas import ClusterEvent
from app.api.segments.model_list import NEWEST_FIRST
from app.pipeline.champion import CHAMPIONS
from app.segments.registry_tables import model
from app.segments.tables import cluster_summary

router = APIRouter(prefix="/v1/clusters", tags=["clusters"])
CHANGES_EXAMPLE: Final = {
    **{name: TRAINING_EXAMPLE[name] for name in ("run_id", "as_of", "trained_at")},
    "events": [
        {"kind": "birth", "cluster": each["cluster"], "others": []} for each in CLUSTER_SIZES if each["cluster"] >= 0
    ],
}
m, c = model.c, cluster_summary.c
_other = model.alias("other")
_first_trained_at = select(func.max(_other.c.trained_at)).where(_other.c.champion_run_id.is_(None)).scalar_subquery()
CHANGES: Final = select(m.run_id, m.as_of, m.trained_at, m.champion_run_id, m.cluster_ids, m.cluster_events).where(
    m.outcome.in_(CHAMPIONS),
    or_(m.cluster_events != cast(literal("[]"), m.cluster_events.type), m.trained_at == _first_trained_at),
)
"""Published models that changed the clusters, and the first one: that with no champion before it."""
PARENT_PATH: Final = '$[*] ? (@.kind == "split" && @.others[*] == $born).cluster'


class ClusterChanges(BaseModel):
    """Changes of the clusters by a published model."""

    run_id: Annotated[UUID, Field(description="Training run.")]
    as_of: Annotated[date, Field(description="Day of the training run.")]
    trained_at: Moment
    events: list[ClusterEvent]


class ClusterChangesList(NullableFreshness, Page[ClusterChanges]):
    """A page of changes of the clusters."""

    model_config = example(list_example(CHANGES_EXAMPLE, extra=FRESHNESS_EXAMPLE))


@router.get("/history", summary="List changes of clusters", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("segments:read")
async def list_cluster_changes(
    reader: ReaderDependency, query: Annotated[PageParamsWithTotal, Query()]
) -> ClusterChangesList:
    """List births, deaths, splits and merges of clusters by the published models, newest first.

    The first model is listed with the births of its clusters. Models that left the clusters as they were are not
    listed; `GET /v1/models` has all.
    """
    page = await read_page(reader, CHANGES, NEWEST_FIRST, query, "cluster changes")
    return ClusterChangesList.model_validate({**page, "data": [_changes(row) for row in page["data"]]})


def since() -> ColumnElement[Any]:
    """Return the day of the training run that found a row's cluster; null for groups of outliers."""
    birth = func.jsonb_build_array(func.jsonb_build_object("kind", "birth", "cluster", c.cluster))
    born = select(func.max(m.as_of)).where(m.outcome.in_(CHAMPIONS), m.cluster_events.op("@>")(birth))
    first = select(func.max(m.as_of)).where(m.champion_run_id.is_(None))
    day = func.coalesce(born.correlate(cluster_summary).scalar_subquery(), first.scalar_subquery(), type_=Date())
    return case((c.cluster >= 0, day))


def split_from() -> ColumnElement[Any]:
    """Return the cluster from which a row's cluster split; null for another origin."""
    born = func.jsonb_build_object("born", c.cluster)
    parent = func.jsonb_path_query_first(m.cluster_events, cast(literal(PARENT_PATH), JSONPATH), born)
    parents = select(cast(parent, Integer)).where(m.outcome.in_(CHAMPIONS), parent.is_not(None))
    return parents.order_by(m.trained_at.desc()).limit(1).correlate(cluster_summary).scalar_subquery()


def _changes(row: Mapping[Any, Any]) -> dict[str, Any]:
    first = [{"kind": "birth", "cluster": each, "others": []} for each in row["cluster_ids"]]
    return {**row, "events": first if row["champion_run_id"] is None else row["cluster_events"]}
