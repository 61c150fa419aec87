"""Clusters of the current run."""

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import and_, select

from app.api.core.dependencies import ReaderDependency
from app.api.core.freshness import CURRENT_RUN_ID, FRESHNESS, FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.problems import NO_MODEL
from app.api.core.schemas import Cluster, Page, SegmentSlug, Statistics, Tier, example, list_example, single_page
from app.api.core.scopes import requires_scope
from app.api.segments.cluster_history import since, split_from
from app.segments.model.profile_line import TIMES
from app.segments.tables import cluster_summary, segment_summary

router = APIRouter(prefix="/v1/clusters", tags=["clusters"])
CLUSTER_EXAMPLE: Final = {
    "cluster": -3,
    "segment": "Super VIP Champions",
    "slug": "super-vip-champions",
    "tier": "Premium",
    "customers": 95,
    "profile": f"Spends 7.7{TIMES}, orders 5{TIMES}, last bought 6 days ago",
    "mean_recency": 9.4947,
    "median_recency": 6.0,
    "mean_frequency": 11.2421,
    "median_frequency": 10.0,
    "mean_monetary": "5680.90",
    "median_monetary": "4187.09",
    "currency": "GBP",
    "since": None,
    "split_from": None,
}


class ClusterName(BaseModel):
    """A cluster, and its segment by the medians."""

    cluster: Cluster
    segment: Annotated[str, Field(description="Name of the segment; several clusters may have the same.")]
    slug: SegmentSlug
    tier: Tier
    customers: int
    profile: Annotated[
        str | None,
        Field(
            description="Medians of the cluster in words, as multiples of the medians of all customers in the training "
            "run; unlike those of the other clusters. Null without customers."
        ),
    ]


class ClusterRow(Statistics, ClusterName):
    """A cluster with statistics of its customers."""

    since: Annotated[
        date | None,
        Field(description="Day of the training run that found it; null for groups of outliers, which always exist."),
    ]
    split_from: Annotated[
        int | None, Field(description="Cluster that at least half of its customers came from when it was found.")
    ]


class ClusterList(Freshness, Page[ClusterRow]):
    """The clusters of the current run."""

    model_config = example(list_example(CLUSTER_EXAMPLE, extra=FRESHNESS_EXAMPLE))


_cluster_names = and_(
    segment_summary.c.run_id == cluster_summary.c.run_id,
    segment_summary.c.scheme == "kmeans",
    segment_summary.c.slug == cluster_summary.c.segment,
)
named_clusters: Final = cluster_summary.join(segment_summary, _cluster_names)
statistics = [column for column in cluster_summary.c if column.name.startswith(("mean_", "median_"))]
CLUSTERS: Final = (
    select(
        FRESHNESS,
        cluster_summary.c.cluster,
        *(cluster_summary.c.customers, cluster_summary.c.profile),
        *statistics,
        *(since().label("since"), split_from().label("split_from")),
        *(segment_summary.c.segment, segment_summary.c.slug, segment_summary.c.tier),
    )
    .select_from(FRESHNESS.outerjoin(named_clusters, cluster_summary.c.run_id == CURRENT_RUN_ID))
    .order_by(cluster_summary.c.cluster)
)


@router.get("", summary="List clusters", responses=problems(NO_MODEL))
@requires_scope("segments:read")
async def list_clusters(reader: ReaderDependency) -> ClusterList:
    """List the clusters of the current run with their segments, outliers (-3, -2, -1) first.

    A cluster keeps its number while later models continue it: see `GET /v1/clusters/history`.
    """
    rows = await reader.published_rows(CLUSTERS)
    return ClusterList.model_validate({**single_page(rows, reader.settings), **reader.freshness_fields(rows[0])})
