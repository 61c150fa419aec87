"""Customers: search by id, filters of the API, pages."""

from typing import Final

from pydantic import ConfigDict

from app.api.customers.identifiers import requested_identifiers
from app.api.customers.list import CustomerQuery, read_customers
from app.api.segments.routes import list_segments
from app.dashboard.frame.addresses import address, customer_path
from app.dashboard.frame.page import PageContent, PageRoute, Redirect
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.paging import page_links
from app.dashboard.pages.scheme import has_custom_segments
from app.segments.model.schemes import CUSTOM
from app.segments.model.segment_table.rows import TIERS

PAGE_SIZE: Final = 50
SORTS: Final = {
    "customer_id": "Customer",
    "-monetary": "Revenue, highest first",
    "monetary": "Revenue, lowest first",
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

    Custom segments are shown one at a time: without a choice, the one with the most revenue.
    """
    names = [column.name for column in request.reader.contract.identifiers]
    identifiers = requested_identifiers(request.reader, request.http, CustomersQuery.model_fields)
    if request.filters.get("scheme") == [CUSTOM] and "segment" not in request.filters:
        return await _first_custom_segment(request)
    given = request.query(CustomersQuery, ignored=frozenset(identifiers))
    if given.find:
        return Redirect(address("", customer_path(given.find.strip()), scheme=given.scheme))
    query = given.model_copy(update={"include": ["total"]})
    page = await read_customers(request.reader, query, "customers", identifiers)
    segments = await list_segments(request.reader, scheme=query.scheme) if request.may("segments:read") else None
    values = {
        "query": query,
        "customers": page["data"],
        "total": page["total"],
        "segments": segments.data if segments else [],
        "has_custom_segments": segments is not None and await has_custom_segments(request),
        "tiers": TIERS,
        "sorts": SORTS,
        "identifiers": {name: (identifiers.get(name) or [""])[0] for name in names},
        **page_links(request, page["next_cursor"]),
        "is_filtered": bool(request.filters.keys() - {"scheme", "sort", "limit", "cursor"}),
    }
    return PageContent("customers.html", "Customers", {**values, "forecast_reason": page["forecast_reason"]}, page)


async def _first_custom_segment(request: PageRequest) -> Redirect:
    """Return the page with the first custom segment, or without the scheme if there is none."""
    is_listed = request.may("segments:read")
    found = (await list_segments(request.reader, scheme=CUSTOM, include_empty=True)).data if is_listed else []
    chosen = {"scheme": CUSTOM, "segment": found[0].slug} if found else {"scheme": None}
    return Redirect(address("", request.path, **{**request.filters, "cursor": None, **chosen}))


ROUTE: Final = PageRoute("/customers", show_customers, ("customers:read",), "Customers")
