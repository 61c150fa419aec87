"""Stratified sample of customers for plots."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import JSON, ColumnElement, Double, Select, Text, and_, bindparam, cast, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.api.core.demonstration import CLUSTER_SIZES, TRAINING_EXAMPLE
from app.api.core.dependencies import SCHEMES, ReaderDependency, Scheme, SchemeName
from app.api.core.freshness import CURRENT_RUN_ID, FRESHNESS, FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, NO_MODEL
from app.api.core.schemas import Cluster, Currency, Frequency, Money, Recency, SegmentName, SegmentSlug, example
from app.api.core.scopes import requires_scope
from app.api.customers.profile import RFM_EXAMPLE
from app.segments.states import CURRENT_STATES
from app.segments.tables import cluster_summary, segment_summary

router = APIRouter(prefix="/v1/customers", tags=["customers"])
LEAST_OF_CLUSTER: Final = 30
"""Least number of sampled customers of a cluster, if the sample is large enough for as many of each cluster."""
RESOLUTION: Final = 2**52
"""Number of different hashes that are compared with a share; a double holds each exactly."""
Size = Annotated[
    int,
    Query(
        description="Number of customers, approximately: each cluster has its share of it, and small clusters some "
        f"more, up to {LEAST_OF_CLUSTER} customers. All customers, if there are no more.",
        ge=1,
        le=10_000,
    ),
]


class SampledCustomer(BaseModel):
    """A customer of the sample."""

    customer_id: str
    recency: Recency
    frequency: Frequency
    monetary: Money
    cluster: Cluster
    segment: SegmentName
    slug: SegmentSlug


class SampledCluster(BaseModel):
    """A cluster of the sample."""

    cluster: Cluster
    sampled: Annotated[int, Field(description="Customers of the cluster in the sample.")]
    of: Annotated[int, Field(description="Customers of the cluster.")]


class SampleFields(BaseModel):
    """A sample of customers, and the numbers of sampled and of all customers."""

    data: list[SampledCustomer]
    sampled: Annotated[int, Field(description="Customers in the sample.")]
    of: Annotated[int, Field(description="Customers of the current run.")]
    clusters: Annotated[list[SampledCluster], Field(description="The same numbers of each cluster with customers.")]
    scheme: SchemeName
    currency: Currency


class CustomerSample(Freshness, SampleFields):
    """A stratified sample of the customers."""

    model_config = example(
        {
            "data": [{name: RFM_EXAMPLE[name] for name in SampledCustomer.model_fields}],
            "sampled": 1,
            "of": TRAINING_EXAMPLE["customers"],
            "clusters": [
                {"cluster": each["cluster"], "sampled": 1, "of": each["customers"]} for each in CLUSTER_SIZES[1:2]
            ],
            "scheme": "kmeans",
            "currency": "GBP",
            **FRESHNESS_EXAMPLE,
        }
    )


def _sample(scheme: SchemeName) -> Select[Any]:
    c, states, s = cluster_summary.c, CURRENT_STATES.c, segment_summary.c
    size = cast(bindparam("size"), Double)
    every, clusters = func.sum(c.customers).over(), func.count().over()
    least = func.least(LEAST_OF_CLUSTER, size / clusters)
    share = func.greatest(size * c.customers / every, least) / c.customers
    strata = (
        select(c.cluster, c.customers, share.label("share"), (every <= bindparam("size")).label("is_whole"))
        .where(c.run_id == CURRENT_RUN_ID, c.customers > 0)
        .subquery("strata")
    )
    numbers = (states.customer_id, states.recency, states.frequency, states.monetary, states.cluster)
    drawn = (
        select(*numbers, states[scheme].label("slug"))
        .join(strata, strata.c.cluster == states.cluster)
        .where(
            strata.c.is_whole | (_hash(states.customer_id) < strata.c.share * literal(RESOLUTION, Double)),
        )
        .cte("drawn")
        .prefix_with("materialized")  # so that only drawn customers are joined with the names of their segments
    )
    named = drawn.join(segment_summary, and_(s.run_id == CURRENT_RUN_ID, s.scheme == scheme, s.slug == drawn.c.slug))
    fields: dict[str, ColumnElement[Any]] = {
        **{name: drawn.c[name] for name in SampledCustomer.model_fields if name in drawn.c},
        "segment": s.segment,
        "monetary": cast(drawn.c.monetary, Text),
    }
    data = select(_listed(fields, drawn.c.customer_id)).select_from(named).scalar_subquery()
    sizes = {"cluster": strata.c.cluster, "of": strata.c.customers}
    of_clusters = select(_listed(sizes, strata.c.cluster)).scalar_subquery()
    # One row: the freshness beside each customer would take longer to read than the customers.
    return select(FRESHNESS, data.label("data"), of_clusters.label("clusters"))


def _listed(fields: Mapping[str, ColumnElement[Any]], by: ColumnElement[Any]) -> ColumnElement[Any]:
    parts: list[Any] = [part for name, column in fields.items() for part in (name, column)]
    return func.json_agg(aggregate_order_by(func.json_build_object(*parts), by), type_=JSON)


def _hash(customer_id: ColumnElement[str]) -> ColumnElement[Any]:
    return cast(func.hashtextextended(customer_id, 0).op("&")(RESOLUTION - 1), Double)


SAMPLES: Final = {scheme: _sample(scheme) for scheme in SCHEMES}


@router.get("/sample", summary="Get a sample of the customers", responses=problems(INVALID, NO_MODEL))
@requires_scope("customers:read")
async def get_customer_sample(
    reader: ReaderDependency, size: Size = 5_000, scheme: Scheme = "kmeans"
) -> CustomerSample:
    """Get a sample of the customers for plots, stratified by cluster, by customer_id.

    A customer is in the sample by the hash of their id: the same customers are drawn in every request, and of a larger
    size these and others. A customer whose id is `sample` is found at `/v1/customers/sample%20`: spaces around an id
    are not part of it.
    """
    rows = await reader.published_rows(SAMPLES[scheme], {"size": size})
    data, clusters = rows[0].data or [], rows[0].clusters or []
    sampled = Counter(customer["cluster"] for customer in data)
    found = {
        "data": data,
        "sampled": len(data),
        "of": sum(cluster["of"] for cluster in clusters),
        "clusters": [{**cluster, "sampled": sampled[cluster["cluster"]]} for cluster in clusters],
        "scheme": scheme,
        "currency": reader.settings.currency,
    }
    return CustomerSample.model_validate({**found, **reader.freshness_fields(rows[0])})
