"""Profile of a customer: features, segment and recommendation."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, select

from app.api.core.dependencies import SCHEMES, CustomerId, Reads, Scheme, SchemeName
from app.api.core.freshness import FRESHNESS_EXAMPLE, Fresh
from app.api.core.openapi import problems
from app.api.core.path_converters import ANY_ID
from app.api.core.problems import INVALID, NO_MODEL, NOT_YET, Problem, quoted
from app.api.core.schemas import (
    Cluster,
    Currency,
    Frequency,
    Moment,
    Money,
    Recency,
    Recommendation,
    SegmentName,
    SegmentSlug,
    Tier,
    example,
)
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import CURRENT, HISTORICAL, AsOf, Snapshot, read_snapshot, segment_join, snapshot_for
from app.api.customers.problems import UNKNOWN_CUSTOMER
from app.segments.customer_columns import state_columns
from app.segments.tables import segment_summary

router = APIRouter(prefix="/v1/customers", tags=["customers"])
RFM_EXAMPLE: Final = {
    "customer_id": "12354",
    "country": "EIRE",
    "first_invoice_date": "2026-01-21",
    "last_invoice_date": "2026-04-09",
    "recency": 22,
    "frequency": 6,
    "monetary": "1157.92",
    "currency": "GBP",
    "scheme": "kmeans",
    "segment": "Super VIP Champions",
    "slug": "super-vip-champions",
    "tier": "Premium",
    "cluster": 1,
    "segment_since": "2026-04-09",
}
RECOMMENDATION_EXAMPLE: Final = {
    "goal": "Keep the best customers delighted and make leaving unthinkable",
    "actions": [
        "Give each one a named contact with a direct phone line and the authority to solve problems on the spot",
        "Open new collections to them 48 hours before everybody else, with stock set aside in their name",
        "Thank them twice a year with a gift chosen from their purchase history, never with a discount code",
        "Invite them to a customer panel and show them what their advice has changed",
    ],
    "channel": "Personal: named account manager by phone, handwritten post",
    "urgency": "ongoing",
}


class CustomerRow(BaseModel):
    """A customer with the three features and the segment."""

    customer_id: str
    country: Annotated[str | None, Field(description="Country of the latest sale.")]
    first_invoice_date: date
    last_invoice_date: date
    recency: Recency
    frequency: Frequency
    monetary: Annotated[Money, Field(description="Sum of all sales.")]
    currency: Currency
    scheme: SchemeName
    segment: SegmentName
    slug: SegmentSlug
    tier: Tier
    cluster: Cluster
    segment_since: Annotated[date, Field(description="Day on which the current stay in the segment began.")]


class RecommendedCustomer(CustomerRow):
    """A customer with the recommendation for the segment."""

    updated_at: Annotated[
        Moment, Field(description="Time of the last change of numbers, country or segment; recency alone is no change.")
    ]
    recommendation: Recommendation


class CustomerProfile(Fresh, RecommendedCustomer):
    """A customer with recommendation and freshness."""

    model_config = example(
        {
            **RFM_EXAMPLE,
            "updated_at": "2026-04-10T02:00:04.981200Z",
            "recommendation": RECOMMENDATION_EXAMPLE,
            **FRESHNESS_EXAMPLE,
        }
    )


def row_columns(rows: FromClause, scheme: SchemeName) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of a CustomerRow from a state; segment, slug and tier are in the segment summary."""
    return tuple(state_columns(rows, scheme))


def _one(states: Snapshot, scheme: SchemeName) -> Select[Any]:
    rows, s = states.rows, segment_summary.c
    known = rows.join(segment_summary, segment_join(rows, scheme))
    is_requested = and_(rows.c.run_id == states.run, rows.c.customer_id == bindparam("customer_id"))
    columns = (*row_columns(rows, scheme), rows.c.updated_at, s.segment, s.slug, s.tier, s.recommendation)
    return select(states.head, *columns).select_from(states.head.outerjoin(known, is_requested))


PROFILE_QUERIES: Final[Mapping[tuple[Snapshot, SchemeName], Select[Any]]] = {
    (states, scheme): _one(states, scheme) for states in (CURRENT, HISTORICAL) for scheme in SCHEMES
}


@router.get(
    f"/{ANY_ID}",
    summary="Get a customer",
    responses=problems(UNKNOWN_CUSTOMER, NOT_YET, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def get_customer(
    reader: Reads, customer_id: CustomerId, scheme: Scheme = "kmeans", as_of: AsOf = None
) -> CustomerProfile:
    """Get a customer's recency, frequency and monetary value, segment, cluster and recommendation.

    `as_of` in the response is the day on which the segment was assigned: the day of the training run, or of later
    sales. With the parameter `as_of` the response is the state published at the end of that day.
    """
    row = (
        await read_snapshot(reader, PROFILE_QUERIES[snapshot_for(as_of), scheme], {"customer_id": customer_id}, as_of)
    )[0]
    if row.customer_id is None:
        raise unknown_customer(customer_id)
    extra = {"currency": reader.settings.currency, "scheme": scheme, **reader.fresh(row, as_of=row.as_of, today=as_of)}
    return CustomerProfile.model_validate({**row._mapping, **extra})  # noqa: SLF001  # its public name


def unknown_customer(customer_id: str) -> Problem:
    """Return the problem for an unknown customer."""
    return Problem(UNKNOWN_CUSTOMER, f"No customer {quoted(customer_id)} has a segment in the current run.")
