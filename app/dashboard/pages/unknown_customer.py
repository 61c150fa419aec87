"""Unknown customers: a page with the search, and answers that are absent."""

from collections.abc import Awaitable
from typing import TypeVar

from app.api.core.problems import Problem
from app.api.customers.customer_id import RequestedId
from app.api.customers.problems import UNKNOWN_CUSTOMER
from app.dashboard.frame.page import PageContent
from app.dashboard.frame.page_request import PageRequest

Answer = TypeVar("Answer")


async def unless_unknown(answer: Awaitable[Answer]) -> Answer | None:
    """Return an answer about a customer, None if the customer is unknown; a load may remove one between two reads."""
    try:
        return await answer
    except Problem as problem:
        if problem.kind is not UNKNOWN_CUSTOMER:
            raise
        return None


def requested_id(request: PageRequest) -> RequestedId | None:
    """Return the customer id of the path, None if it is blank or a placeholder."""
    try:
        return RequestedId.read(request.reader, request.param("customer_id"))
    except Problem as problem:
        if problem.kind is not UNKNOWN_CUSTOMER:
            raise
        return None


def unknown_customer_page(request: PageRequest) -> PageContent:
    """Return the page with the search."""
    given = request.param("customer_id")
    return PageContent("unknown_customer.html", "Customer not found", {"given": given}, status=404)
