"""One customer: numbers, segment, explanation, and the history on a time line."""

from typing import Final

from app.api.core.path_converters import CUSTOMER_ID
from app.api.core.problems import Problem
from app.api.customers.customer_id import RequestedId
from app.api.customers.explanation import CustomerExplanation, get_customer_explanation
from app.api.customers.history import CustomerHistory, HistoryQuery, list_customer_history
from app.api.customers.problems import UNKNOWN_CUSTOMER
from app.api.customers.profile import get_customer
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.scheme import SchemeQuery, scheme_links

PERIODS_SHOWN: Final = 50


async def show_customer(request: PageRequest) -> PageContent:
    """Show a customer; an unknown one is a page with the search."""
    query, given = request.query(SchemeQuery), request.param("customer_id")
    try:
        requested = RequestedId.read(request.reader, given)
        found = await get_customer(request.reader, requested, scheme=query.scheme)
    except Problem as problem:
        if problem.kind is not UNKNOWN_CUSTOMER:
            raise
        return PageContent("unknown_customer.html", "Customer not found", {"given": given}, status=404)
    has_segment = found.segment is not None
    values = {
        "scheme": query.scheme,
        "scheme_links": scheme_links(request),
        "found": found,
        "explanation": await _explanation(request, requested, query) if has_segment else None,
        "history": await _history(request, requested, query),
    }
    return PageContent("customer.html", f"Customer {found.customer_id}", values, found)


async def _explanation(request: PageRequest, requested: RequestedId, query: SchemeQuery) -> CustomerExplanation | None:
    try:
        return await get_customer_explanation(request.reader, requested, scheme=query.scheme)
    except Problem as problem:  # a load removed the customer between two reads
        if problem.kind is not UNKNOWN_CUSTOMER:
            raise
        return None


async def _history(request: PageRequest, requested: RequestedId, query: SchemeQuery) -> CustomerHistory | None:
    try:
        wanted = HistoryQuery(scheme=query.scheme, limit=PERIODS_SHOWN)
        return await list_customer_history(request.reader, requested, wanted)
    except Problem as problem:
        if problem.kind is not UNKNOWN_CUSTOMER:
            raise
        return None


ROUTE: Final = PageRoute(f"/customers/{CUSTOMER_ID}", show_customer, ("customers:read",), "Customers")
