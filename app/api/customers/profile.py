"""Customers: the three features, the segment, and what to do next."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, select

from app.api.core.dependencies import SCHEMES, CustomerId, Reads, Scheme, SchemeName
from app.api.core.freshness import EXAMPLE, Fresh
from app.api.core.openapi import problems
from app.api.core.path_converters import ANY_ID
from app.api.core.problems import INVALID, NO_MODEL, NOT_YET, Problem, quoted
from app.api.core.schemas import Cluster, Currency, Frequency, Money, Recency, Recommendation, Tier, example
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import CURRENT, HISTORICAL, AsOf, Snapshot, named_by, read_snapshot, snapshot_for
from app.api.customers.problems import UNKNOWN_CUSTOMER
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
    segment_since: Annotated[date, Field(description="Day on which the customer came into this segment, to stay.")]


class AdvisedCustomer(CustomerRow):
    """A customer, and what to do about the segment."""

    recommendation: Recommendation


class Customer(Fresh, AdvisedCustomer):
    """A customer, what to do about the segment, and how fresh the answer is."""

    model_config = example({**RFM_EXAMPLE, "recommendation": RECOMMENDATION_EXAMPLE, **EXAMPLE})


def row_columns(rows: FromClause, scheme: SchemeName) -> tuple[ColumnElement[Any], ...]:
    """The columns of a CustomerRow that a row of states has; the words of the segment come from its summary."""
    c = rows.c
    plain = ("customer_id", "as_of", "country", "first_invoice_date", "recency", "frequency", "monetary", "cluster")
    last = (c.as_of - c.recency).label("last_invoice_date")
    return (*(c[name] for name in plain), last, c[f"{scheme}_since"].label("segment_since"))


def _one(states: Snapshot, scheme: SchemeName) -> Select[Any]:
    rows, s = states.rows, segment_summary.c
    known = rows.join(segment_summary, named_by(rows, scheme))
    is_asked = and_(rows.c.run_id == states.run, rows.c.customer_id == bindparam("customer_id"))
    columns = (*row_columns(rows, scheme), s.segment, s.tier, s.recommendation)
    return select(states.head, *columns).select_from(states.head.outerjoin(known, is_asked))


ONE: Final[Mapping[tuple[Snapshot, SchemeName], Select[Any]]] = {
    (states, scheme): _one(states, scheme) for states in (CURRENT, HISTORICAL) for scheme in SCHEMES
}


@router.get(
    f"/{ANY_ID}",
    summary="A customer",
    responses=problems(UNKNOWN_CUSTOMER, NOT_YET, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def get_customer(
    reader: Reads, customer_id: CustomerId, scheme: Scheme = "kmeans", as_of: AsOf = None
) -> Customer:
    """Recency, frequency and monetary value, the segment and cluster, and what to do next.

    `as_of` in the answer is the day on which this customer was assigned: the day of the training, or the day of later
    sales. Asked with `as_of`, the answer is what was published at the end of that day.
    """
    row = (await read_snapshot(reader, ONE[snapshot_for(as_of), scheme], {"customer_id": customer_id}, as_of))[0]
    if row.customer_id is None:
        raise unknown(customer_id)
    beside = {"currency": reader.settings.currency, "scheme": scheme, **reader.fresh(row, as_of=row.as_of, today=as_of)}
    return Customer.model_validate({**row._mapping, **beside})  # noqa: SLF001  # its public name


def unknown(customer_id: str) -> Problem:
    """What is said of a customer who has no segment in the run."""
    return Problem(UNKNOWN_CUSTOMER, f"No customer {quoted(customer_id)} has a segment in the published run.")
