"""List the periods of a customer in segments, with dates and causes."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Select, and_, func, select, true

from app.api.core.demonstration import TRAINED_AT
from app.api.core.dependencies import SCHEMES, AnySchemeName, ReaderDependency, SchemeName
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page
from app.api.core.path_converters import CUSTOMER_ID
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.schemas import Cluster, Moment, Page, SegmentSlug, Tier, example, list_example
from app.api.core.scopes import requires_scope
from app.api.customers.customer_id import Requested, find_customer
from app.api.customers.problems import UNKNOWN_CUSTOMER, unknown_customer
from app.api.customers.profile import RFM_EXAMPLE
from app.db.param_types import Integer64
from app.segments.custom.members import named_at
from app.segments.model.schemes import CUSTOM
from app.segments.tables import customer_change, segment_summary

router = APIRouter(prefix="/v1/customers", tags=["customers"])
StayCause = Literal["first", "customer", "model", "both", "definition"]
NEWEST_FIRST: Final = Keyset(("change_id",), TypeAdapter(tuple[Integer64]), is_descending=True)
CAUSE: Final = (
    "Cause of the assignment. first: first assignment to a segment; customer: the customer's features changed, and the "
    "previous model assigns the same segment; model: a training run moved the boundary, and the previous model assigns "
    "the previous segment; both: the previous model assigns a third segment. Of a custom segment: customer: the "
    "customer's values meet the condition; both: they do since a training run, by whose results it is defined; "
    "definition: the condition was saved or changed."
)
PERIOD_EXAMPLE: Final[dict[str, Any]] = {
    "from": RFM_EXAMPLE["segment_since"],
    "to": None,
    **{name: RFM_EXAMPLE[name] for name in ("segment", "slug", "tier", "cluster")},
    "cause": "customer",
    "run_id": FRESHNESS_EXAMPLE["run_id"],
    "change_id": 48213,
    "changed_at": TRAINED_AT,
}


class Stay(BaseModel):
    """One period of a customer in a segment."""

    model_config = ConfigDict(serialize_by_alias=True, json_schema_extra={"examples": [PERIOD_EXAMPLE]})

    from_: Annotated[date, Field(alias="from", description="First day of the period.")]
    to: Annotated[
        date | None, Field(description="First day after the period, of the next one; null for a current period.")
    ]
    segment: Annotated[str, Field(description="Name of the segment at that time.")]
    slug: SegmentSlug
    tier: Tier
    cluster: Cluster
    cause: Annotated[StayCause, Field(description=CAUSE)]
    run_id: Annotated[UUID, Field(description="Training run whose model assigned the segment.")]
    change_id: Annotated[int, Field(description="Number of the change in the feed.")]
    changed_at: Moment


class CustomerHistory(NullableFreshness, Page[Stay]):
    """A page of the history of a customer."""

    model_config = example(list_example(PERIOD_EXAMPLE, extra=FRESHNESS_EXAMPLE))


class HistoryQuery(PageParamsWithTotal):
    """Page and scheme of a history."""

    scheme: Annotated[AnySchemeName, Field(description="Segmentation scheme.")] = "kmeans"


def _periods(scheme: SchemeName) -> Select[Any]:
    c, s = customer_change.c, segment_summary.c
    moved = (
        select(
            *(c.customer_id, c.change_id, c.run_id, c.changed_at, c.as_of.label("from")),
            func.lead(c.as_of).over(partition_by=c.customer_id, order_by=c.change_id).label("to"),
            *(
                c[f"{scheme}_after"].label("slug"),
                c[f"{scheme}_cause"].label("cause"),
                c.cluster_after.label("cluster"),
            ),
        )
        .where(c[f"{scheme}_cause"].is_not(None))
        .subquery("moved")
    )
    of_segment = and_(s.run_id == moved.c.run_id, s.scheme == scheme, s.slug == moved.c.slug)
    return select(moved, s.segment, s.tier).join_from(moved, segment_summary, of_segment)


def _memberships() -> Select[Any]:
    """Return the statement of the periods in custom segments, of which several may last at once."""
    c = customer_change.c
    slug = func.coalesce(c.custom_after, c.custom_before)
    moved = (
        select(
            *(c.customer_id, c.change_id, c.run_id, c.changed_at, c.as_of.label("from")),
            func.lead(c.as_of).over(partition_by=(c.customer_id, slug), order_by=c.change_id).label("to"),
            *(c.custom_after.label("slug"), c.custom_cause.label("cause"), c.cluster_after.label("cluster")),
        )
        .where(c.custom_cause.is_not(None))
        .subquery("moved")
    )
    words = named_at(moved.c.slug, moved.c.changed_at, "words")
    return select(moved, words.c.segment, words.c.tier).join_from(moved, words, true())


PERIODS: Final[dict[AnySchemeName, Select[Any]]] = {
    **{scheme: _periods(scheme) for scheme in SCHEMES},
    CUSTOM: _memberships(),
}


@router.get(
    f"/{CUSTOMER_ID}/history",
    summary="List the history of a customer",
    responses=problems(INVALID_CURSOR, UNKNOWN_CUSTOMER, INVALID),
)
@requires_scope("customers:read")
async def list_customer_history(
    reader: ReaderDependency, requested: Requested, query: Annotated[HistoryQuery, Query()]
) -> CustomerHistory:
    """List the periods of a customer in segments, newest first; also of a customer who no longer has sales.

    With `scheme=custom` they are the periods in custom segments, of which several may last at once.
    """
    periods, of_customer = PERIODS[query.scheme], f"history of {requested.customer_id}"
    empty: dict[str, Any] | None = None

    async def find(customer_id: str) -> dict[str, Any] | None:
        nonlocal empty
        statement = periods.where(periods.selected_columns.customer_id == customer_id)
        page = await read_page(reader, statement, NEWEST_FIRST, query, of_customer)
        empty = empty or page
        return page if page["data"] else None

    page = await find_customer(reader, requested, find) or (None if query.cursor is None else empty)
    if page is None:
        raise unknown_customer(requested.customer_id)
    return CustomerHistory.model_validate(page)
