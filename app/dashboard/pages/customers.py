"""Customers: search by id, filters of the API, pages."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import ConfigDict

from app.api.customers.identifiers import requested_identifiers
from app.api.customers.list import CustomerQuery, read_customers
from app.api.segments.routes import list_segments
from app.dashboard.frame.addresses import address, customer_path
from app.dashboard.frame.page import PageContent, PageRoute, Redirect
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.paging import page_links
from app.dashboard.pages.scheme import custom_slugs
from app.segments.model.schemes import CUSTOM
from app.segments.model.segment_table.fields import slug_of
from app.segments.model.segment_table.rows import TIERS
from app.segments.model.segment_table.table import SegmentTable

PAGE_SIZE: Final = 50
SORTS: Final = {
    "customer_id": "Customer",
    "-monetary": "Revenue, highest first",
    "monetary": "Revenue, lowest first",
    "-expected_purchases": "Expected orders, most first",
    "expected_purchases": "Expected orders, fewest first",
    "-clv": "Expected spend, highest first",
    "clv": "Expected spend, lowest first",
    "-p_buys": "Probability of an order, highest first",
    "p_buys": "Probability of an order, lowest first",
    "next_order": "Next order, earliest first",
    "-next_order": "Next order, latest first",
    "-frequency": "Orders, most first",
    "frequency": "Orders, fewest first",
    "recency": "Last order, latest first",
    "-recency": "Last order, oldest first",
    "-segment_since": "Segment, newest first",
    "segment_since": "Segment, oldest first",
}


class CustomersQuery(CustomerQuery):
    """Filters of the API, with pages of fewer rows; identifiers of the contract are further parameters."""

    model_config = ConfigDict(extra="forbid")

    limit: int = PAGE_SIZE
    find: str | None = None


async def show_customers(request: PageRequest) -> PageContent | Redirect:
    """Show a page of the customers that match the filters, or go to the customer whose id is searched.

    Custom segments are shown one at a time: without a choice, the first one.
    """
    names = [column.name for column in request.reader.contract.identifiers]
    identifiers = requested_identifiers(request.reader, request.http, CustomersQuery.model_fields)
    custom = await custom_slugs(request) if request.may("segments:read") else []
    if elsewhere := _other_segments(request, custom):
        return elsewhere
    given = request.query(CustomersQuery, ignored=frozenset(identifiers))
    if given.find:
        scheme = None if given.scheme == CUSTOM else given.scheme  # the page of a customer has one segment of a scheme
        return Redirect(address("", customer_path(given.find.strip()), scheme=scheme))
    query = given.model_copy(update={"include": ["total"]})
    page = await read_customers(request.reader, query, "customers", identifiers)
    segments = await list_segments(request.reader, scheme=query.scheme) if request.may("segments:read") else None
    values = {
        "query": query,
        "customers": page["data"],
        "total": page["total"],
        "segments": segments.data if segments else [],
        "has_custom_segments": bool(custom),
        "tiers": TIERS,
        "sorts": SORTS,
        "identifiers": {name: (identifiers.get(name) or [""])[0] for name in names},
        **page_links(request, page["next_cursor"]),
        "is_filtered": bool(request.filters.keys() - {"scheme", "sort", "limit", "cursor"}),
    }
    return PageContent("customers.html", "Customers", {**values, "forecast_reason": page["forecast_reason"]}, page)


def _other_segments(request: PageRequest, custom: Sequence[str]) -> Redirect | None:
    """Return the page with other segments, if those of the address are of the scheme that was shown before.

    The form has the segments of one scheme, and sends them with another one that the reader chooses.
    """
    given = {slug_of(each) for each in request.filters.get("segment", [])}
    if request.filters.get("scheme") != [CUSTOM]:
        is_left = bool(given.intersection(custom))
        chosen: dict[str, Any] = {"segment": None}
    else:
        is_left = not given or bool(given & _declared() - {*custom})
        chosen = {"segment": custom[0]} if custom else {"scheme": None, "segment": None}
    if not is_left:
        return None
    return Redirect(address("", request.path, **{**request.filters, "cursor": None, **chosen}))


def _declared() -> set[str]:
    return {segment.slug for segments in SegmentTable.load().segments.values() for segment in segments}


ROUTE: Final = PageRoute("/customers", show_customers, ("customers:read",), "Customers")
