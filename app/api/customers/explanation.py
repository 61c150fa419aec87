"""Explanation of a customer's segment."""

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, bindparam, select
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import SCHEMES, Reader, ReaderDependency, Scheme, SchemeName
from app.api.core.freshness import FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.path_converters import CUSTOMER_ID
from app.api.core.problems import INVALID, NO_MODEL
from app.api.core.schemas import Cluster, Currency, Frequency, Money, Recency, SegmentName, SegmentSlug, Tier, example
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import CURRENT, read_snapshot, segment_join
from app.api.customers.current_model import MODEL_COLUMNS, CurrentModel
from app.api.customers.customer_id import Requested, find_customer
from app.api.customers.explanation_example import EXPLANATION_EXAMPLE, PROFILE_EXAMPLE
from app.api.customers.explanation_schemas import Explained, explained, explained_band
from app.api.customers.problems import NO_SEGMENT, UNKNOWN_CUSTOMER
from app.api.customers.profile import RFM_EXAMPLE, without_segment
from app.segments.model.customer import CustomerFeatures
from app.segments.registry_tables import model
from app.segments.tables import cluster_summary, segment_summary

router = APIRouter(prefix="/v1/customers", tags=["customers"])
PROFILE_FIELDS: Final = (
    *("customer_id", "recency", "frequency", "monetary"),
    *("currency", "scheme", "segment", "slug", "tier", "cluster"),
)


class ExplainedCustomer(BaseModel):
    """A customer, the segment, and the explanation."""

    customer_id: str
    recency: Recency
    frequency: Frequency
    monetary: Money
    currency: Currency
    scheme: SchemeName
    segment: SegmentName
    slug: SegmentSlug
    tier: Tier
    cluster: Cluster
    cluster_profile: Annotated[
        str | None, Field(description="Medians of the cluster in words, as in `GET /v1/clusters`.")
    ]
    explanation: Explained


class CustomerExplanation(Freshness, ExplainedCustomer):
    """A customer, the segment, and the explanation."""

    model_config = example(
        {
            **{name: RFM_EXAMPLE[name] for name in PROFILE_FIELDS},
            "cluster_profile": PROFILE_EXAMPLE,
            "explanation": EXPLANATION_EXAMPLE,
            **FRESHNESS_EXAMPLE,
        }
    )


def _one(scheme: SchemeName) -> Select[Any]:
    rows, s, c = CURRENT.rows, segment_summary.c, cluster_summary.c
    known = rows.join(segment_summary, segment_join(CURRENT, scheme)).join(model, model.c.run_id == CURRENT.run)
    known = known.outerjoin(cluster_summary, and_(c.run_id == CURRENT.run, c.cluster == rows.c.cluster))
    is_requested = rows.c.customer_id == bindparam("customer_id")
    features = [rows.c[name] for name in ("customer_id", "as_of", "recency", "frequency", "monetary", "cluster", "clv")]
    columns = (*features, c.profile.label("cluster_profile"), s.slug, s.segment, s.tier, *MODEL_COLUMNS)
    return select(CURRENT.head, *columns).select_from(CURRENT.head.outerjoin(known, is_requested))


EXPLANATION_QUERIES: Final = {scheme: _one(scheme) for scheme in SCHEMES}


@router.get(
    f"/{CUSTOMER_ID}/explanation",
    summary="Explain a customer's segment",
    responses=problems(UNKNOWN_CUSTOMER, NO_SEGMENT, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def get_customer_explanation(
    reader: ReaderDependency, requested: Requested, scheme: Scheme = "kmeans"
) -> CustomerExplanation:
    """Explain why a customer is in a segment: a summary, the features with the medians of all customers, the row of
    the segment table that gave the name, and the smallest number of orders, spending or days to another segment.

    Each counterfactual is verified with the current model: `POST /v1/score` with its recency, frequency and monetary
    returns its segment. There are none with `scheme=value`. Days count from `as_of`; the next training run may move
    the boundaries.
    """
    row = await find_customer(reader, requested, partial(_find, reader, scheme))
    if row is None:
        raise await without_segment(reader, scheme, requested)
    currency, customer = reader.settings.currency, CustomerFeatures(row.recency, row.frequency, row.monetary)
    current = CurrentModel.from_row(row)
    wording = current.wording(scheme, reader.settings.currency, row.as_of)
    if scheme == "value":
        explanation = explained_band(current, customer, wording, None if row.clv is None else float(row.clv))
    else:
        explanation = await run_in_threadpool(explained, current, scheme, customer, wording, row.slug)
    extra = {
        "currency": currency,
        "scheme": scheme,
        "explanation": explanation,
        **reader.freshness_fields(row, as_of=row.as_of),
    }
    return CustomerExplanation.model_validate({**row._mapping, **extra})  # noqa: SLF001  # _mapping is public API of SQLAlchemy


async def _find(reader: Reader, scheme: SchemeName, customer_id: str) -> Any:
    row = (await read_snapshot(reader, EXPLANATION_QUERIES[scheme], {"customer_id": customer_id}, None))[0]
    return None if row.customer_id is None else row
