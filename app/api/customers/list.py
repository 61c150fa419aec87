"""Customers page by page, of one run from the first page to the last."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import Field, TypeAdapter
from sqlalchemy import Select, and_, exists, select, true

from app.api.core.dependencies import Reader, Reads
from app.api.core.freshness import EXAMPLE, Fresh
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, Paging, Position
from app.api.core.problems import INVALID, INVALID_CURSOR, NO_MODEL, NOT_YET, UNKNOWN_SEGMENT, Problem
from app.api.core.schemas import Listing, example, list_example
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import read_snapshot, snapshot_for
from app.api.core.unknown_segment import unknown_segment
from app.api.customers.profile import RFM_EXAMPLE, CustomerRow, row_columns
from app.db.param_types import Amount, Day, Integer32, Text
from app.segments.filters import CustomerFilters
from app.segments.tables import customer_segment, segment_summary

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
]
BY_ID: Final = Keyset(("customer_id",), TypeAdapter(tuple[Text]))
BY: Final[Mapping[str, TypeAdapter[tuple[Any, ...]]]] = {
    "recency": TypeAdapter(tuple[Integer32, Text]),
    "frequency": TypeAdapter(tuple[Integer32, Text]),
    "monetary": TypeAdapter(tuple[Amount, Text]),
    "segment_since": TypeAdapter(tuple[date, Text]),
}


class ListedCustomer(CustomerRow):
    """A customer of a list."""

    as_of: Annotated[date, Field(description="Day on which this customer was assigned; recency counts up to it.")]


class CustomerList(Fresh, Listing[ListedCustomer]):
    """A page of customers."""

    model_config = example(
        list_example(
            {**RFM_EXAMPLE, "as_of": "2026-05-01"},
            beside=EXAMPLE,
            next_cursor="EpmqA18YjxtbIjA2YTJlMzM4Y2Y0NDQ1MjhhNmIxMTljMjIxMDAyMTQwIixbIjEyMzcxIl1d",
        )
    )


class CustomerQuery(CustomerFilters, Paging):
    """Filters, order and page of a list of customers."""

    sort: Annotated[Sort, Field(description="What to go by, `-` before it for the highest first; then by id.")] = (
        "customer_id"
    )
    as_of: Annotated[
        Day | None, Field(description="As it was published at the end of this day; the newest where it is left out.")
    ] = None

    @property
    def keyset(self) -> Keyset:
        """The order as a list goes by it."""
        name = self.sort.removeprefix("-")
        return BY_ID if name == "customer_id" else Keyset((name, "customer_id"), BY[name], name != self.sort)


@router.get(
    "",
    summary="Customers by what they are like",
    responses=problems(INVALID_CURSOR, UNKNOWN_SEGMENT, NOT_YET, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def list_customers(reader: Reads, query: Annotated[CustomerQuery, Query()]) -> CustomerList:
    """By segment, tier, cluster, country, ranges of the features, or the day on which the stay in the segment began.

    All pages are of the run that the first page was of, while it is stored. Sales that are loaded meanwhile show in the
    pages that are still to come: sorted by `customer_id` nobody is missed for it, and with `as_of` of a day that is
    over nothing moves.
    """
    return CustomerList.model_validate(await read_customers(reader, query, "customers"))


async def read_customers(reader: Reader, query: CustomerQuery, name: str) -> dict[str, Any]:
    """The fields of one page. Raises Problem for a segment that is unknown, a cursor whose run is gone, and where
    nothing is published.
    """
    listing = query.listing_name(name)
    position = Position.decode(query.cursor, listing, query.keyset.keys) if query.cursor else None
    after, run_id = (position.after, position.run_id) if position else (None, None)
    statement = _page(query, after)
    rows = await read_snapshot(reader, statement, {"run_id": run_id}, query.as_of)
    first = rows[0]
    if position is not None and not first.is_stored:
        raise Problem(INVALID_CURSOR, "The run that this cursor lists is no longer stored; start again without it.")
    if not first.has_segment:
        raise await unknown_segment(reader, query.segment or "", query.scheme)
    beside = {"currency": reader.settings.currency, "scheme": query.scheme}
    found = [row for row in rows if row.customer_id is not None]
    page = query.keyset.page(found, query, listing, first.served_run_id)
    data = [{**row, **beside} for row in page["data"]]
    return {**page, "data": data, **reader.fresh(first, today=query.as_of)}


def _page(query: CustomerQuery, after: tuple[Any, ...] | None) -> Select[Any]:
    states, s = snapshot_for(query.as_of), segment_summary.c
    columns = (*row_columns(states.rows, query.scheme), states.rows.c[query.scheme].label("slug"))
    matching = select(*columns).where(*query.conditions(states.rows, states.run))
    page = query.keyset.paginate(matching, after, query.limit).subquery("page")
    words = and_(s.run_id == states.run, s.scheme == query.scheme, s.slug == page.c.slug)
    is_stored = exists().where(customer_segment.c.run_id == states.run).label("is_stored")
    known = exists().where(s.run_id == states.run, s.scheme == query.scheme, s.slug == query.slug)
    has_segment = (true() if query.slug is None else known).label("has_segment")
    joined = states.head.outerjoin(page, true()).outerjoin(segment_summary, words)
    order = query.keyset.order([page.c[name] for name in query.keyset.columns])
    head = select(states.head, is_stored, has_segment, page, s.segment, s.tier)
    return head.select_from(joined).order_by(*order)
