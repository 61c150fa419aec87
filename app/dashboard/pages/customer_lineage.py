"""Lineage of one customer: from their numbers to run, model and files."""

from typing import Annotated, Final

from pydantic import ConfigDict, Field

from app.api.core.dependencies import SCHEMES
from app.api.core.pagination import PageParamsWithTotal
from app.api.core.path_converters import CUSTOMER_ID
from app.api.customers.customer_id import RequestedId
from app.api.customers.profile import get_customer
from app.api.lineage.customers import get_customer_lineage
from app.dashboard.frame.addresses import ID_OF_DOTS
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.paging import page_links
from app.dashboard.pages.unknown_customer import requested_id, unknown_customer_page, unless_unknown

PAGE_SIZE: Final = 50


class CustomerLineageQuery(PageParamsWithTotal):
    """Query string of the page: its rows are the files."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1000)] = PAGE_SIZE


async def show_customer_lineage(request: PageRequest) -> PageContent:
    """Show the lineage of a customer; an unknown one is a page with the search."""
    query = request.query(CustomerLineageQuery).model_copy(update={"include": ["total"]})
    requested = requested_id(request)
    found = await unless_unknown(get_customer_lineage(request.reader, requested, query)) if requested else None
    if requested is None or found is None:
        return unknown_customer_page(request)
    segments = await _segments(request, requested) if found.assignment else {}
    values = {"found": found, "segments": segments, **page_links(request, found.next_cursor)}
    return PageContent("customer_lineage.html", f"Lineage of customer {found.customer_id}", values, found)


async def _segments(request: PageRequest, requested: RequestedId) -> dict[str, str | None]:
    """Return the name of the customer's segment in each scheme."""
    found = {each: await unless_unknown(get_customer(request.reader, requested, scheme=each)) for each in SCHEMES}
    return {scheme: profile.segment if profile else None for scheme, profile in found.items()}


ROUTE: Final = PageRoute(f"/lineage/customers/{CUSTOMER_ID}", show_customer_lineage, ("customers:read",), "Customers")
ROUTE_OF_DOTS: Final = PageRoute(
    f"/lineage/customer{ID_OF_DOTS}{CUSTOMER_ID}", show_customer_lineage, ROUTE.scopes, "Customers"
)
