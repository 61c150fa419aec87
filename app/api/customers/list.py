"""List customers, all pages of one training run."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field, TypeAdapter
from sqlalchemy import Select, and_, func, null, select, true

from app.api.core.dependencies import Reader, ReaderDependency
from app.api.core.forecasts import (
    FORECAST_EXAMPLE,
    FORECAST_HEAD_EXAMPLE,
    CustomerForecast,
    ForecastHead,
    forecast_fields,
)
from app.api.core.freshness import FRESHNESS_EXAMPLE, UPDATED_AT, Freshness
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParams, Position
from app.api.core.problems import (
    CONFLICTING_FILTERS,
    INVALID,
    INVALID_CURSOR,
    NO_MODEL,
    NOT_YET,
    UNKNOWN_SEGMENT,
    Problem,
)
from app.api.core.routing import TAKES_IDENTIFIERS
from app.api.core.schemas import IfRequested, Moment, Page, Recommendation, example, list_example
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import AS_OF_TEXT, NOT_STORED, read_snapshot, snapshot_for
from app.api.core.unknown_segment import check_filters, check_segments, slugs_of
from app.api.customers.identifiers import have, requested_identifiers
from app.api.customers.profile import RFM_EXAMPLE, CustomerRow, row_columns
from app.db.param_types import Day, Integer32, Numeric24, Text
from app.segments.filters import ONLY_RFM, CustomerFilters
from app.segments.score_columns import SCORE_NAMES
from app.segments.tables import segment_summary

router = APIRouter(prefix="/v1/customers", tags=["customers"])
Sort = Literal[
    "customer_id",
    "recency",
    "-recency",
    "frequency",
    "-frequency",
    "monetary",
    "-monetary",
    "segment_since",
    "-segment_since",
    "expected_purchases",
    "-expected_purchases",
    "clv",
    "-clv",
    "p_buys",
    "-p_buys",
    "next_order",
    "-next_order",
    "recency_score",
    "-recency_score",
    "frequency_score",
    "-frequency_score",
    "monetary_score",
    "-monetary_score",
    "rfm_score",
    "-rfm_score",
]
Include = Literal["recommendation", "total"]
BY_ID: Final = Keyset(("customer_id",), TypeAdapter(tuple[Text]))
BY: Final[Mapping[str, TypeAdapter[tuple[Any, ...]]]] = {
    "recency": TypeAdapter(tuple[Integer32, Text]),
    "frequency": TypeAdapter(tuple[Integer32, Text]),
    "monetary": TypeAdapter(tuple[Numeric24, Text]),
    "segment_since": TypeAdapter(tuple[date, Text]),
    **{name: TypeAdapter(tuple[Integer32, Text]) for name in SCORE_NAMES},
}
BY_FORECAST: Final[Mapping[str, tuple[Any, TypeAdapter[tuple[Any, ...]]]]] = {
    "expected_purchases": (-1.0, TypeAdapter(tuple[float, Text])),
    "clv": (-1, TypeAdapter(tuple[Numeric24, Text])),
    "p_buys": (-1.0, TypeAdapter(tuple[float, Text])),
    "next_order": (date.max, TypeAdapter(tuple[date, Text])),
}
"""Value that sorts customers without a forecast, and the types of the key."""
IncludeField = Annotated[
    list[Include],
    Field(
        description="recommendation: each customer's recommendation; total: the number of customers that match the "
        "filters, on all pages. Repeat the parameter for both.",
        max_length=2,
    ),
]


class CustomerOfDay(CustomerRow):
    """A customer with the day of the state."""

    as_of: Annotated[
        date, Field(description="Day on which the segment was assigned, and for which recency is computed.")
    ]


class ListedCustomer(CustomerForecast, CustomerOfDay):
    """A customer of a list."""

    recommendation: IfRequested[Recommendation] = None


class CustomerPage(ForecastHead, Page[ListedCustomer]):
    """A page of customers, with the time of the latest included update."""

    updated_through: Annotated[
        Moment | None,
        Field(
            description="The listing includes all updates up to this time: send the value of the first page as "
            "`updated_since` of the next listing. Null with as_of."
        ),
    ]


class CustomerList(Freshness, CustomerPage):
    """A page of customers."""

    model_config = example(
        {
            **list_example(
                {**RFM_EXAMPLE, "as_of": "2026-05-01", **FORECAST_EXAMPLE},
                extra=FORECAST_HEAD_EXAMPLE,
                next_cursor="EpmqA18YjxtbIjA2YTJlMzM4Y2Y0NDQ1MjhhNmIxMTljMjIxMDAyMTQwIixbIjEyMzcxIl1d",
            ),
            "updated_through": "2026-05-01T03:00:09.120300Z",
            **FRESHNESS_EXAMPLE,
        }
    )


class CustomerQuery(CustomerFilters, PageParams):
    """Filters, order and page of a list of customers."""

    sort: Annotated[
        Sort,
        Field(
            description="Sort order; `-` puts the highest value first. Ties are sorted by customer_id. Customers "
            "without a forecast are sorted as the lowest value of expected_purchases, clv and p_buys, and as the "
            "latest next_order: `-next_order` has them first. RFM scores need scheme=rfm."
        ),
    ] = "customer_id"
    as_of: Annotated[Day | None, Field(description=AS_OF_TEXT)] = None
    include: IncludeField = Field([])

    @property
    def conflict(self) -> str | None:
        """As of filters, and of an order by scores in other schemes than rfm."""
        if self.sort.removeprefix("-") in SCORE_NAMES and self.scheme != "rfm":
            return ONLY_RFM
        return super().conflict

    @property
    def uses_forecasts(self) -> bool:
        """Whether the order or a filter is by the forecast."""
        return self.needs_forecasts or self.sort.removeprefix("-") in BY_FORECAST

    @property
    def keyset(self) -> Keyset:
        """Keyset of the sort order."""
        name = self.sort.removeprefix("-")
        if name in BY_FORECAST:
            return Keyset((f"by_{name}", "customer_id"), BY_FORECAST[name][1], name != self.sort)
        return BY_ID if name == "customer_id" else Keyset((name, "customer_id"), BY[name], name != self.sort)


@router.get(
    "",
    summary="List customers",
    responses=problems(CONFLICTING_FILTERS, INVALID_CURSOR, UNKNOWN_SEGMENT, NOT_YET, INVALID, NO_MODEL),
    openapi_extra={TAKES_IDENTIFIERS: True},
)
@requires_scope("customers:read")
async def list_customers(
    request: Request, reader: ReaderDependency, query: Annotated[CustomerQuery, Query()]
) -> CustomerList:
    """List customers by segment, tier, cluster, country, ranges of the features, or the time of the last change.

    Repeat segment, tier, cluster or country for several values. All pages are of the training run of the first page,
    while it is stored. Sales loaded between two pages appear on the following pages: sorted by `customer_id` no
    customer is missed, and with `as_of` of a past day nothing changes.

    Columns that the data contract declares as identifiers are filters too: `?email=…` lists the customers who have this
    value in a sale that counts. Repeat the parameter for several values; different parameters are combined with AND.

    With `scheme=custom` the list has the members of one custom segment, which `segment` names.
    """
    identifiers = requested_identifiers(reader, request, CustomerQuery.model_fields)
    return CustomerList.model_validate(await read_customers(reader, query, "customers", identifiers))


async def read_customers(
    reader: Reader, query: CustomerQuery, name: str, identifiers: Mapping[str, list[str]] | None = None
) -> dict[str, Any]:
    """Return the fields of one page; identifiers: values of which the customers have one of each name.

    Raises Problem for conflicting filters, an unknown segment, a cursor of a deleted run, and before the first
    publication.
    """
    check_filters(query)
    list_name = query.list_name(f"{name} {json.dumps(identifiers, sort_keys=True)}" if identifiers else name)
    position = Position.decode(query.cursor, list_name, query.keyset.key_types) if query.cursor else None
    after, run_id = (position.after, position.run_id) if position else (None, None)
    statement = _page(reader, query, after, identifiers or {}, run_id)
    rows = await read_snapshot(reader, statement, {}, query.as_of, run_id)
    first = rows[0]
    if position is not None and first.answer_run_id is None:
        raise Problem(INVALID_CURSOR, "The training run of this cursor is deleted; start again without the cursor.")
    check_segments(query.segment, first.known_slugs, query.scheme)
    forecast = forecast_fields(first.forecast)
    if position is not None and query.uses_forecasts and forecast["forecast_reason"] == NOT_STORED:
        raise Problem(INVALID_CURSOR, f"{NOT_STORED} Start again without the cursor.")
    extra = {"currency": reader.settings.currency, "scheme": query.scheme}
    found = [row for row in rows if row.customer_id is not None]
    page = query.keyset.page_fields(found, query, list_name, first.answer_run_id)
    data = [{**row, **extra} for row in page["data"]]
    head = {"total": first.total, "updated_through": first.updated_through, **forecast}
    return {**page, "data": data, **head, **reader.freshness_fields(first, today=query.as_of)}


def _page(
    reader: Reader,
    query: CustomerQuery,
    after: tuple[Any, ...] | None,
    identifiers: Mapping[str, list[str]],
    run_id: UUID | None,
) -> Select[Any]:
    states, s = snapshot_for(query.as_of, run_id).of(query), segment_summary.c
    columns = (*row_columns(states, query.scheme), states.rows.c[query.scheme].label("slug"))
    columns += tuple(
        func.coalesce(states.rows.c[name], without).label(f"by_{name}") for name, (without, _) in BY_FORECAST.items()
    )
    identified = (have(reader, identifiers, states.rows.c.customer_id),) if identifiers else ()
    conditions = (*query.conditions(states.rows, states.run), *identified)
    page = query.keyset.paginate(select(*columns).where(*conditions), after, query.limit).subquery("page")
    of_segment = and_(s.run_id == states.run, s.scheme == query.scheme, s.slug == page.c.slug)
    total = select(func.count()).select_from(states.rows).where(*conditions).scalar_subquery()
    head = (
        states.forecast,
        slugs_of(states.run, query.scheme).label("known_slugs"),
        (total if "total" in query.include else null()).label("total"),
        (UPDATED_AT if query.as_of is None else null()).label("updated_through"),
    )
    recommendation = (s.recommendation,) if "recommendation" in query.include else ()
    joined = states.head.outerjoin(page, true()).outerjoin(segment_summary, of_segment)
    order = query.keyset.order([page.c[name] for name in query.keyset.columns])
    return select(states.head, *head, page, s.segment, s.tier, *recommendation).select_from(joined).order_by(*order)
