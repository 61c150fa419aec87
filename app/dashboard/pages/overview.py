"""Overview: numbers, segments, moves since the training run of an earlier day, and three recommendations."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, get_args

from app.api.customers.list import CustomerQuery, read_customers
from app.api.segments.models import get_current_model
from app.api.segments.routes import SegmentRow, list_segments
from app.api.segments.transition_schemas import MoveCause
from app.api.trends.routes import TrendFilters, list_sales
from app.dashboard.figures.segments import shares
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.recent_moves import moves_of, recent_moves
from app.dashboard.pages.risk import is_at_risk, share_at_risk
from app.dashboard.pages.scheme import SchemeQuery, scheme_links

GROWTH_TIERS: Final = ("Growth & New", "Active Engagement")
MOVES_SHOWN: Final = 5
MAX_MONTHS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Task:
    """Recommendation for this week.

    Attributes:
        title: heading.
        segment: segment of the recommendation.
        customers: number of customers.
        revenue: revenue of these customers; None if it is not known.
        filters: query string of the list of these customers.
    """

    title: str
    segment: SegmentRow
    customers: int
    revenue: Decimal | None
    filters: dict[str, Any]


async def show_overview(request: PageRequest) -> PageContent:
    """Show the overview."""
    query = request.query(SchemeQuery)
    segments = await list_segments(request.reader, scheme=query.scheme)
    model = await get_current_model(request.reader)
    rows, median = segments.data, model.medians["recency"]
    may_read_customers = request.may("customers:read")
    values = {
        "scheme": query.scheme,
        "scheme_links": scheme_links(request),
        "segments": rows,
        "customers": sum(each.customers for each in rows),
        "revenue": sum((each.revenue for each in rows), Decimal()),
        "currency": model.currency,
        "at_risk": share_at_risk(rows, median),
        "median_recency": median,
        "shares": shares(rows),
        "tasks": await _tasks(request, query, rows, median),
        "sales": await _sales(request),
        "moved": await _moved(request, query) if may_read_customers else None,
    }
    return PageContent("overview.html", "Overview", values, segments)


async def _sales(request: PageRequest) -> dict[str, Any]:
    """Return the orders of all months, their average, and the last complete month."""
    answer = await list_sales(request.reader, TrendFilters(by="month", limit=MAX_MONTHS))
    orders = sum(each.orders for each in answer.data)
    through = answer.data_through
    complete = [each for each in answer.data if through is not None and each.period_end <= through]
    return {
        "orders": orders,
        "average": sum((each.revenue for each in answer.data), Decimal()) / orders if orders else None,
        "month": complete[-1] if complete else None,
    }


async def _moved(request: PageRequest, query: SchemeQuery) -> dict[str, Any]:
    matrix = await recent_moves(request, query.scheme)
    moves = moves_of(matrix.data)
    causes = {name: sum(getattr(cell.causes, name) for cell in moves) for name in get_args(MoveCause)}
    return {"matrix": matrix, "moves": moves[:MOVES_SHOWN], "causes": causes}


async def _tasks(request: PageRequest, query: SchemeQuery, rows: Sequence[SegmentRow], median: float) -> list[Task]:
    found = []
    at_risk = [each for each in rows if is_at_risk(each, median)]
    growing = next(
        ([each for each in rows if each.tier == tier and each not in at_risk] for tier in GROWTH_TIERS if rows), []
    ) or [each for each in rows if each.tier in GROWTH_TIERS and each not in at_risk]
    if at_risk:
        found.append(_task("Win back", max(at_risk, key=lambda each: each.revenue), query))
    if growing:
        found.append(_task("Grow", max(growing, key=lambda each: each.revenue), query))
    once = [each for each in rows if each.median_frequency is not None and each.median_frequency <= 1]
    if once:
        largest = max(once, key=lambda each: each.customers)
        found.append(await _once(request, query, largest))
    return found


def _task(title: str, segment: SegmentRow, query: SchemeQuery) -> Task:
    return Task(title, segment, segment.customers, segment.revenue, {"segment": segment.slug, "scheme": query.scheme})


async def _once(request: PageRequest, query: SchemeQuery, segment: SegmentRow) -> Task:
    title = "Turn one-time buyers into regulars"
    if not request.may("customers:read"):
        return _task(title, segment, query)
    filters = CustomerQuery(frequency_max=1, scheme=query.scheme, limit=1, include=["total"])
    customers = (await read_customers(request.reader, filters, "customers"))["total"]
    return Task(title, segment, customers, None, {"frequency_max": 1, "scheme": query.scheme})


ROUTE: Final = PageRoute("/", show_overview, ("segments:read",), "Overview")
