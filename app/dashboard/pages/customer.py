"""One customer: numbers, segment, explanation, history on a time line, orders."""

from typing import Final

from app.api.core.pagination import PageParamsWithTotal
from app.api.core.path_converters import CUSTOMER_ID
from app.api.core.problems import Problem
from app.api.customers.customer_id import RequestedId
from app.api.customers.explanation import CustomerExplanation, get_customer_explanation
from app.api.customers.history import CustomerHistory, HistoryQuery, list_customer_history
from app.api.customers.orders import OrderList, list_customer_orders
from app.api.customers.problems import UNKNOWN_CUSTOMER
from app.api.customers.profile import get_customer
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.frame.rendering import address, segment_of_path
from app.dashboard.pages.scheme import SchemeQuery, scheme_links

PERIODS_SHOWN: Final = 50
ORDERS_SHOWN: Final = 20


class OneCustomerQuery(SchemeQuery):
    """Scheme, and page of the orders."""

    cursor: str | None = None


async def show_customer(request: PageRequest) -> PageContent:
    """Show a customer; an unknown one is a page with the search."""
    query, given = request.query(OneCustomerQuery), request.param("customer_id")
    try:
        requested = RequestedId.read(request.reader, given)
        found = await get_customer(request.reader, requested, scheme=query.scheme)
    except Problem as problem:
        if problem.kind is not UNKNOWN_CUSTOMER:
            raise
        return PageContent("unknown_customer.html", "Customer not found", {"given": given}, status=404)
    orders = await _orders(request, requested, query)
    has_segment = found.segment is not None
    values = {
        "scheme": query.scheme,
        "scheme_links": scheme_links(request),
        "found": found,
        "explanation": await _explanation(request, requested, query) if has_segment else None,
        "history": await _history(request, requested, query),
        "orders": orders,
        "next_orders": _orders_address(request, orders.next_cursor) if orders and orders.has_more else None,
        "first_orders": _orders_address(request, None) if query.cursor else None,
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


async def _orders(request: PageRequest, requested: RequestedId, query: OneCustomerQuery) -> OrderList | None:
    try:
        wanted = PageParamsWithTotal(limit=ORDERS_SHOWN, cursor=query.cursor, include=["total"])
        return await list_customer_orders(request.reader, requested, wanted)
    except Problem as problem:
        if problem.kind is not UNKNOWN_CUSTOMER:
            raise
        return None


def _orders_address(request: PageRequest, cursor: str | None) -> str:
    root, path = request.http.scope.get("root_path", ""), f"/customers/{segment_of_path(request.param('customer_id'))}"
    kept = {name: values for name, values in request.filters.items() if name != "cursor"}
    return address(root, path, **kept, cursor=cursor) + "#orders"


ROUTE: Final = PageRoute(f"/customers/{CUSTOMER_ID}", show_customer, ("customers:read",), "Customers")
