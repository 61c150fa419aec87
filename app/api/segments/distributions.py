"""Distributions of recency, frequency and monetary value in a segment or a cluster."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel
from sqlalchemy import Row, Select, Text, and_, bindparam, cast, select

from app.api.core.dependencies import AnyScheme, AnySchemeName, Reader, ReaderDependency, Slug
from app.api.core.freshness import CURRENT_RUN_ID, FRESHNESS, FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, NO_MODEL, UNKNOWN_SEGMENT, Problem
from app.api.core.schemas import SegmentName, SegmentSlug, Tier, example
from app.api.core.scopes import requires_scope
from app.api.core.unknown_segment import slugs_of, unknown_segment
from app.api.segments.clusters import ClusterName, named_clusters
from app.api.segments.distribution_example import CLUSTER_EXAMPLE, SEGMENT_EXAMPLE
from app.api.segments.distribution_schemas import Distributions, distribution_of
from app.api.segments.problems import UNKNOWN_CLUSTER
from app.segments.model.schemes import FOLLOWED
from app.segments.tables import cluster_summary, distribution, segment_summary

router = APIRouter(tags=["segments"])
RequestedCluster = Annotated[int, Path(description="Number of the cluster.", ge=-(2**15), lt=2**15, examples=[-3])]
d = distribution.c


class SegmentSize(BaseModel):
    """A segment and the number of its customers."""

    scheme: AnySchemeName
    segment: SegmentName
    slug: SegmentSlug
    tier: Tier
    customers: int


class SegmentDistribution(Freshness, Distributions, SegmentSize):
    """Distributions of the features in a segment."""

    model_config = example({**SEGMENT_EXAMPLE, **FRESHNESS_EXAMPLE})


class ClusterDistribution(Freshness, Distributions, ClusterName):
    """Distributions of the features in a cluster."""

    model_config = example({**CLUSTER_EXAMPLE, **FRESHNESS_EXAMPLE})


VALUES: Final = [column for column in d if column.name not in {"run_id", "kind", "name"}]


def _of_segment(scheme: AnySchemeName) -> Select[Any]:
    s = segment_summary.c
    one = and_(s.run_id == CURRENT_RUN_ID, s.scheme == scheme, s.slug == bindparam("slug"))
    its = and_(d.run_id == s.run_id, d.kind == s.scheme, d.name == s.slug)
    columns = (s.segment, s.slug, s.tier, s.customers, slugs_of(CURRENT_RUN_ID, scheme).label("known_slugs"))
    joined = FRESHNESS.outerjoin(segment_summary, one).outerjoin(distribution, its)
    return select(FRESHNESS, *columns, *VALUES).select_from(joined)


def _of_cluster() -> Select[Any]:
    c, s = cluster_summary.c, segment_summary.c
    one = and_(c.run_id == CURRENT_RUN_ID, c.cluster == bindparam("cluster"))
    its = and_(d.run_id == c.run_id, d.kind == "cluster", d.name == cast(c.cluster, Text))
    columns = (c.cluster, s.segment, s.slug, s.tier, c.customers, c.profile)
    joined = FRESHNESS.outerjoin(named_clusters, one).outerjoin(distribution, its)
    return select(FRESHNESS, *columns, *VALUES).select_from(joined)


OF_SEGMENT: Final = {scheme: _of_segment(scheme) for scheme in FOLLOWED}
OF_CLUSTER: Final = _of_cluster()


@router.get(
    "/v1/segments/{slug}/distribution",
    summary="Get the distributions of a segment",
    responses=problems(UNKNOWN_SEGMENT, INVALID, NO_MODEL),
)
@requires_scope("segments:read")
async def get_segment_distribution(
    reader: ReaderDependency, slug: Slug, scheme: AnyScheme = "kmeans"
) -> SegmentDistribution:
    """Get quartiles, whiskers and a histogram of recency, frequency and monetary value of a segment's customers.

    They are of the newest state of the current run: updated by every load and every training run.
    """
    rows = await reader.published_rows(OF_SEGMENT[scheme], {"slug": slug})
    if rows[0].slug is None:
        raise unknown_segment(slug, scheme, rows[0].known_slugs or ())
    return SegmentDistribution.model_validate({**_fields(reader, rows), "scheme": scheme})


@router.get(
    "/v1/clusters/{cluster}/distribution",
    tags=["clusters"],
    summary="Get the distributions of a cluster",
    responses=problems(UNKNOWN_CLUSTER, INVALID, NO_MODEL),
)
@requires_scope("segments:read")
async def get_cluster_distribution(reader: ReaderDependency, cluster: RequestedCluster) -> ClusterDistribution:
    """Get quartiles, whiskers and a histogram of recency, frequency and monetary value of a cluster's customers."""
    rows = await reader.published_rows(OF_CLUSTER, {"cluster": cluster})
    if rows[0].cluster is None:
        raise Problem(UNKNOWN_CLUSTER, f"The current run has no cluster {cluster}.")
    return ClusterDistribution.model_validate(_fields(reader, rows))


def _fields(reader: Reader, rows: Sequence[Row[Any]]) -> dict[str, Any]:
    features = dict.fromkeys(("recency", "frequency", "monetary"))
    found = {row.feature: distribution_of(row) for row in rows if row.feature is not None}
    extra = {"currency": reader.settings.currency, **reader.freshness_fields(rows[0])}
    return {**rows[0]._mapping, **features, **found, **extra}  # noqa: SLF001  # _mapping is public API of SQLAlchemy
