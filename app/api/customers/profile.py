"""Profile of a customer: features, segment and recommendation."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, bindparam, select

from app.api.core.demonstration import TRAINED_AT
from app.api.core.dependencies import SCHEMES, AnySchemeName, Reader, ReaderDependency, Scheme, SchemeName
from app.api.core.forecasts import (
    FORECAST_EXAMPLE,
    FORECAST_HEAD_EXAMPLE,
    CustomerForecast,
    ForecastHead,
    forecast_fields,
)
from app.api.core.freshness import FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.path_converters import CUSTOMER_ID
from app.api.core.problems import INVALID, NO_MODEL, NOT_YET, Problem
from app.api.core.schemas import (
    Cluster,
    Currency,
    Frequency,
    Moment,
    Money,
    OmittedIfNone,
    Recency,
    Recommendation,
    RFMScore,
    SegmentName,
    SegmentSlug,
    Tier,
    Value,
    example,
)
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import (
    CURRENT,
    HISTORICAL,
    NOT_STORED,
    AsOf,
    Snapshot,
    read_snapshot,
    segment_join,
    snapshot_for,
)
from app.api.customers.customer_id import Requested, RequestedId, find_customer
from app.api.customers.problems import NO_SEGMENT, UNKNOWN_CUSTOMER, unknown_customer
from app.api.customers.unsegmented import read_unsegmented
from app.segments.custom.members import memberships
from app.segments.customer_columns import state_columns
from app.segments.filters import Probability
from app.segments.tables import segment_summary

router = APIRouter(prefix="/v1/customers", tags=["customers"])
RFM_EXAMPLE: Final = {
    "customer_id": "12354",
    "country": "EIRE",
    "first_invoice_date": "2026-03-03",
    "last_invoice_date": "2026-04-28",
    "recency": 3,
    "frequency": 8,
    "monetary": "2040.70",
    "currency": "GBP",
    "scheme": "kmeans",
    "segment": "Super VIP Champions",
    "slug": "super-vip-champions",
    "tier": "Premium",
    "cluster": -2,
    "segment_since": "2026-05-01",
}
BEFORE_SCHEME: Final = (
    "The customer was assigned before the server had this scheme; the next rescore assigns a segment."
)
WITHOUT_FORECAST: Final = "There was no forecast of the customer on that day, and a value band is by the forecast."
CUSTOM_EXAMPLE: Final = {"slug": "irish-regulars", "name": "Irish regulars", "since": "2026-04-28"}
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
OfRFM = Annotated[OmittedIfNone[Value], Field(description="Only with scheme=rfm.")]
Gross = Annotated[Money, Field(description="Money of the sales that count.")]
Returned = Annotated[Money, Field(description="Money of returns and cancellations, subtracted from gross.")]
SegmentReason = Annotated[str | None, Field(description="Why the customer has no segment, else null.")]


class CustomMembership(BaseModel):
    """A custom segment that a customer is in."""

    slug: SegmentSlug
    name: Annotated[str, Field(description="Name of the custom segment.")]
    since: Annotated[date, Field(description="Day on which the customer joined it.")]


CustomSegments = Annotated[
    list[CustomMembership], Field(description="Custom segments that the customer is in, whatever the scheme.")
]


class CustomerNumbers(BaseModel):
    """A customer with the three features."""

    customer_id: str
    country: Annotated[str | None, Field(description="Country of the latest sale.")]
    first_invoice_date: date
    last_invoice_date: date
    recency: Recency
    frequency: Frequency
    monetary: Annotated[
        Money, Field(description="Money of the sales that count, minus returns where the data contract says `net`.")
    ]


class CustomerScores(BaseModel):
    """RFM scores of a customer by the cut points of the training run; only with scheme=rfm."""

    recency_score: OfRFM[RFMScore] = None
    frequency_score: OfRFM[RFMScore] = None
    monetary_score: OfRFM[RFMScore] = None
    rfm_score: OfRFM[Annotated[int, Field(ge=3, le=15)]] = None


class CustomerRow(CustomerScores, CustomerNumbers):
    """A customer with the three features and the segment."""

    currency: Currency
    scheme: AnySchemeName
    segment: SegmentName
    slug: SegmentSlug
    tier: Tier
    cluster: Cluster
    segment_since: Annotated[date, Field(description="First day of the current period in the segment.")]


class ProfiledCustomer(CustomerScores, CustomerNumbers):
    """A customer with the money before and after returns, the segment, and the recommendation for it."""

    gross: Gross
    returned: Returned
    currency: Currency
    scheme: SchemeName
    segment: SegmentName | None
    slug: SegmentSlug | None
    tier: Tier | None
    cluster: Cluster | None
    segment_since: Annotated[
        date | None, Field(description="First day of the current period in the segment; null without one.")
    ]
    segment_reason: SegmentReason
    updated_at: Annotated[
        Moment, Field(description="Time of the last change of frequency, monetary value, country or segment.")
    ]
    recommendation: Annotated[Recommendation | None, Field(description="For the segment; null without one.")]
    custom_segments: CustomSegments


class ProfileForecast(CustomerForecast):
    """Forecast of a customer, with the probability that they still buy."""

    p_alive: Annotated[
        Probability | None,
        Field(
            description="Probability that the customer still buys; null without a forecast, after one order only, and "
            "where customers stop so rarely that it says nothing."
        ),
    ]


class CustomerProfile(Freshness, ForecastHead, ProfileForecast, ProfiledCustomer):
    """A customer with recommendation, forecast and freshness."""

    model_config = example(
        {
            **{name: RFM_EXAMPLE[name] for name in CustomerNumbers.model_fields},
            "gross": RFM_EXAMPLE["monetary"],
            "returned": "0.00",
            **{name: RFM_EXAMPLE[name] for name in RFM_EXAMPLE if name not in CustomerNumbers.model_fields},
            "segment_reason": None,
            "updated_at": TRAINED_AT,
            "recommendation": RECOMMENDATION_EXAMPLE,
            "custom_segments": [CUSTOM_EXAMPLE],
            **FORECAST_EXAMPLE,
            "p_alive": None,
            **FORECAST_HEAD_EXAMPLE,
            **FRESHNESS_EXAMPLE,
        }
    )


def row_columns(states: Snapshot, scheme: AnySchemeName) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of a CustomerRow from a state; segment, slug and tier are in the segment summary."""
    return tuple(state_columns(states.rows, scheme, states.run))


def custom_segments(states: Snapshot) -> ColumnElement[Any]:
    """Return the column of the custom segments of a customer."""
    found: ColumnElement[Any] = memberships(states.rows.c.customer_id, states.run, states.revision)
    return found.label("custom_segments")


def _one(states: Snapshot, scheme: SchemeName) -> Select[Any]:
    rows, s = states.rows, segment_summary.c
    known = rows.outerjoin(segment_summary, segment_join(states, scheme))
    is_requested = rows.c.customer_id == bindparam("customer_id")
    money = ((rows.c.monetary + rows.c.returned).label("gross"), rows.c.returned)
    plain = (*row_columns(states, scheme), rows.c.p_alive, *money, rows.c.updated_at)
    columns = (*plain, s.segment, s.slug, s.tier, s.recommendation, custom_segments(states))
    return select(states.head, states.forecast, *columns).select_from(states.head.outerjoin(known, is_requested))


PROFILE_QUERIES: Final[Mapping[tuple[Snapshot, SchemeName], Select[Any]]] = {
    (states, scheme): _one(states, scheme) for states in (CURRENT, HISTORICAL) for scheme in SCHEMES
}


@router.get(
    f"/{CUSTOMER_ID}",
    summary="Get a customer",
    responses=problems(UNKNOWN_CUSTOMER, NOT_YET, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def get_customer(
    reader: ReaderDependency, requested: Requested, scheme: Scheme = "kmeans", as_of: AsOf = None
) -> CustomerProfile:
    """Get a customer's recency, frequency and monetary value, segment, cluster and recommendation.

    `as_of` in the response is the day on which the segment was assigned: the day of the training run, or of later
    sales. With the parameter `as_of` the response is the state published at the end of that day.

    A customer whose returns reach the value of their sales, or without a sale in the look-back window, has no
    segment: `segment` is null, `segment_reason` has the reason, and `as_of` is today. With `scheme=value` a customer
    without a forecast has no segment either.
    """
    found = await find_customer(reader, requested, partial(_find, reader, scheme, as_of))
    if found is None:
        raise unknown_customer(requested.customer_id)
    extra = {"currency": reader.settings.currency, "scheme": scheme}
    return CustomerProfile.model_validate({"segment_reason": None, **found, **extra})


async def _find(reader: Reader, scheme: SchemeName, as_of: date | None, customer_id: str) -> dict[str, Any] | None:
    query = PROFILE_QUERIES[snapshot_for(as_of), scheme]
    row = (await read_snapshot(reader, query, {"customer_id": customer_id}, as_of))[0]
    found = None
    if row.customer_id is not None:
        found = {**row._mapping, **forecast_fields(row.forecast)}  # noqa: SLF001  # _mapping is public API of SQLAlchemy
    if found is None and as_of is None:
        found = await read_unsegmented(reader, customer_id)
    if found is None:
        return None
    if found.get("slug") is None and "segment_reason" not in found:
        found |= {"segment_since": None, "segment_reason": _why_none(scheme, found["forecast_reason"])}
    return {**found, **reader.freshness_fields(row, as_of=found["as_of"], today=as_of)}


async def without_segment(
    reader: Reader, scheme: SchemeName, requested: RequestedId, as_of: date | None = None
) -> Problem:
    """Return the problem of a customer who has no segment in a scheme, with the reason, or is unknown."""
    if scheme == "value":
        found = await find_customer(reader, requested, partial(_find, reader, scheme, as_of))
        if found is not None and found["cluster"] is not None:
            return Problem(NO_SEGMENT, found["segment_reason"])
    return unknown_customer(requested.customer_id)


def _why_none(scheme: SchemeName, forecast_reason: str | None) -> str:
    if scheme != "value" or forecast_reason is None:
        return BEFORE_SCHEME
    return WITHOUT_FORECAST if forecast_reason == NOT_STORED else forecast_reason
