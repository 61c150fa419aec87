"""Customers: the whole answer, and the segment alone for systems that ask all day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import Row, and_, bindparam, select

from app.api.deps import CustomerId, Reader, Reads, Scheme, SchemeName
from app.api.freshness import EXAMPLE, Fresh, served, the_run
from app.api.gather import Gathered
from app.api.openapi import problems
from app.api.problems import INVALID, NO_MODEL, UNKNOWN_CUSTOMER, Problem, shown
from app.api.schemas import Cluster, Currency, Frequency, Money, Recency, Recommendation, Tier, example
from app.gold.tables import customer_rfm
from app.segments.tables import customer_segment, segment_summary

router = APIRouter(prefix="/v1/customers", tags=["customers"])
SEGMENT_EXAMPLE: Final = {
    "customer_id": "12354",
    "scheme": "kmeans",
    "segment": "Super VIP Champions",
    "tier": "Premium",
    "cluster": 1,
}
RFM_EXAMPLE: Final = {
    "customer_id": "12354",
    "country": "EIRE",
    "first_invoice_date": "2026-01-21",
    "last_invoice_date": "2026-04-09",
    "recency": 22,
    "frequency": 6,
    "monetary": "1157.92",
    "currency": "GBP",
    **{name: SEGMENT_EXAMPLE[name] for name in ("scheme", "segment", "tier", "cluster")},
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
    """A customer, the three features, and the segment that they earn."""

    customer_id: str
    country: Annotated[str | None, Field(description="Of the latest sale.")]
    first_invoice_date: date
    last_invoice_date: date
    recency: Recency
    frequency: Frequency
    monetary: Annotated[Money, Field(description="Sum of the sales.")]
    currency: Currency
    scheme: SchemeName
    segment: Annotated[str, Field(description="Name of the segment.")]
    tier: Tier
    cluster: Cluster


class AdvisedCustomer(CustomerRow):
    """A customer, and what to do about the segment."""

    recommendation: Recommendation


class Customer(Fresh, AdvisedCustomer):
    """A customer, what to do about the segment, and how fresh the answer is."""

    model_config = example({**RFM_EXAMPLE, "recommendation": RECOMMENDATION_EXAMPLE, **EXAMPLE})


class SegmentAlone(BaseModel):
    """A customer and the segment."""

    customer_id: str
    scheme: SchemeName
    segment: Annotated[str, Field(description="Name of the segment.")]
    tier: Tier
    cluster: Cluster


class CustomerSegment(Fresh, SegmentAlone):
    """The segment of a customer, alone."""

    model_config = example({**SEGMENT_EXAMPLE, **EXAMPLE})


rfm_columns: Final = (
    customer_segment.c.customer_id,
    customer_segment.c.as_of,
    customer_segment.c.recency,
    customer_segment.c.frequency,
    customer_segment.c.monetary,
    customer_segment.c.cluster,
    (customer_segment.c.as_of - customer_segment.c.recency).label("last_invoice_date"),
    customer_rfm.c.first_invoice_date,
    customer_rfm.c.country,
)
"""Of customer_segment joined to customer_rfm; a customer that gold no longer has is not answered about."""


def named_by(scheme: SchemeName) -> Any:
    """The join of customer_segment to the words of the segment that a scheme gives."""
    c, s = customer_segment.c, segment_summary.c
    return and_(s.run_id == c.run_id, s.scheme == scheme, s.slug == c[scheme])


def _one(scheme: SchemeName) -> Any:
    known = customer_segment.join(customer_rfm, customer_rfm.c.customer_id == customer_segment.c.customer_id)
    known = known.join(segment_summary, named_by(scheme))
    is_asked = and_(
        customer_segment.c.run_id == the_run,
        customer_segment.c.customer_id == bindparam("customer_id"),
    )
    words = (segment_summary.c.segment, segment_summary.c.tier, segment_summary.c.recommendation)
    return select(served, *rfm_columns, *words).select_from(served.outerjoin(known, is_asked))


def _many(scheme: SchemeName) -> Any:
    c, s = customer_segment.c, segment_summary.c
    known = customer_segment.join(segment_summary, named_by(scheme))
    is_asked = and_(c.run_id == the_run, c.customer_id == bindparam("ids").any_())
    columns = (c.customer_id, c.as_of, c.cluster, s.segment, s.tier)
    return select(served, *columns).select_from(served.outerjoin(known, is_asked))


ONE: Final = {"kmeans": _one("kmeans"), "rules": _one("rules")}
MANY: Final = {"kmeans": _many("kmeans"), "rules": _many("rules")}


@router.get(
    "/{customer_id:path}/segment",
    summary="The segment of a customer",
    responses=problems(UNKNOWN_CUSTOMER, INVALID, NO_MODEL),
)
async def get_customer_segment(request: Request, customer_id: CustomerId, scheme: Scheme = "kmeans") -> CustomerSegment:
    """The segment alone, for systems that ask at every contact: the leanest answer there is.

    Send the `ETag` back as `If-None-Match` and an answer that still holds costs a 304.
    """
    lookups: Mapping[str, Gathered[str, CustomerSegment | None]] = request.app.state.lookups
    found = await lookups[scheme].get(customer_id)
    if found is None:
        raise _unknown(customer_id)
    return found


@router.get(
    "/{customer_id:path}",
    summary="A customer",
    responses=problems(UNKNOWN_CUSTOMER, INVALID, NO_MODEL),
)
async def get_customer(reader: Reads, customer_id: CustomerId, scheme: Scheme = "kmeans") -> Customer:
    """Recency, frequency and monetary value, the segment and cluster, and what to do next.

    `as_of` is the day on which this customer was assigned: the day of the training, or the day of later sales.
    """
    row = (await reader.served(ONE[scheme], {"customer_id": customer_id}))[0]
    if row.customer_id is None:
        raise _unknown(customer_id)
    beside = {"currency": reader.settings.currency, "scheme": scheme, **reader.fresh(row, as_of=row.as_of)}
    return Customer.model_validate({**row._mapping, **beside})  # noqa: SLF001  # its public name


async def look_up_segments(reader: Reader, scheme: SchemeName, ids: list[str]) -> dict[str, CustomerSegment | None]:
    """The segment of each customer, None for those unknown; one SELECT."""
    rows = await reader.served(MANY[scheme], {"ids": ids})
    found = _by_customer(reader, scheme, rows)
    return {customer_id: found.get(customer_id) for customer_id in ids}


def _by_customer(reader: Reader, scheme: SchemeName, rows: Sequence[Row[Any]]) -> dict[str, CustomerSegment]:
    beside = reader.fresh(rows[0])
    return {
        row.customer_id: CustomerSegment.model_construct(
            customer_id=row.customer_id,
            scheme=scheme,
            segment=row.segment,
            tier=row.tier,
            cluster=row.cluster,
            **{**beside, "as_of": row.as_of},
        )
        for row in rows
        if row.customer_id is not None
    }


def _unknown(customer_id: str) -> Problem:
    return Problem(UNKNOWN_CUSTOMER, f"No customer {shown(customer_id)} has a segment in the published run.")
