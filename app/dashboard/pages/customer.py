"""One customer: numbers, segment, explanation, history on a time line, orders."""

from typing import Final

from app.api.core.pagination import PageParamsWithTotal
from app.api.core.path_converters import CUSTOMER_ID
from app.api.customers.customer_id import RequestedId
from app.api.customers.explanation import CustomerExplanation, get_customer_explanation
from app.api.customers.history import CustomerHistory, HistoryQuery, list_customer_history
from app.api.customers.orders import OrderList, list_customer_orders
from app.api.customers.profile import get_customer
from app.dashboard.frame.addresses import ID_OF_DOTS
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.paging import page_links
from app.dashboard.pages.scheme import SchemeQuery, scheme_links
from app.dashboard.pages.unknown_customer import requested_id, unknown_customer_page, unless_unknown

PERIODS_SHOWN: Final = 50
ORDERS_SHOWN: Final = 20


class OneCustomerQuery(SchemeQuery):
    """Scheme, and page of the orders."""

    cursor: str | None = None


async def show_customer(request: PageRequest) -> PageContent:
    """Show a customer; an unknown one is a page with the search."""
    query = request.query(OneCustomerQuery)
    requested = requested_id(request)
    found = await unless_unknown(get_customer(request.reader, requested, scheme=query.scheme)) if requested else None
    if requested is None or found is None:
        return unknown_customer_page(request)
    orders = await _orders(request, requested, query)
    values = {
        "scheme": query.scheme,
        "scheme_links": scheme_links(request),
        "found": found,
        "explanation": await _explanation(request, requested, query) if found.segment is not None else None,
        "history": await _history(request, requested, query),
        "orders": orders,
        **page_links(request, orders.next_cursor if orders else None, "#orders"),
    }
    return PageContent("customer.html", f"Customer {found.customer_id}", values, found)


async def _explanation(request: PageRequest, requested: RequestedId, query: SchemeQuery) -> CustomerExplanation | None:
    return await unless_unknown(get_customer_explanation(request.reader, requested, scheme=query.scheme))


async def _history(request: PageRequest, requested: RequestedId, query: SchemeQuery) -> CustomerHistory | None:
    wanted = HistoryQuery(scheme=query.scheme, limit=PERIODS_SHOWN)
    return await unless_unknown(list_customer_history(request.reader, requested, wanted))


async def _orders(request: PageRequest, requested: RequestedId, query: OneCustomerQuery) -> OrderList | None:
    wanted = PageParamsWithTotal(limit=ORDERS_SHOWN, cursor=query.cursor, include=["total"])
    return await unless_unknown(list_customer_orders(request.reader, requested, wanted))


ROUTE: Final = PageRoute(f"/customers/{CUSTOMER_ID}", show_customer, ("customers:read",), "Customers")
ROUTE_OF_DOTS: Final = PageRoute(f"/customer{ID_OF_DOTS}{CUSTOMER_ID}", show_customer, ROUTE.scopes, "Customers")
