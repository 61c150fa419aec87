"""Overview: numbers, segments, moves since the training run of an earlier day, and three recommendations."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, get_args

from app.api.core.gate import read_gate_reason
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
from app.segments.held_model import HELD

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
        "segments_at_risk": [each for each in rows if is_at_risk(each, median)],
        "median_recency": median,
        "shares": shares(rows),
        "tasks": await _tasks(request, query, rows, median),
        "sales": await _sales(request),
        "gate_reason": await read_gate_reason(request.reader),
        "held": next(iter(await request.reader.rows(HELD)), None),
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
    at_risk = [each for each in rows if is_at_risk(each, median)]
    active = [each for each in rows if each not in at_risk]
    once = await _once(request, query, active) if request.may("customers:read") else None
    growing = _growing([each for each in active if once is None or each != once.segment])
    found = [_task("Win back", max(at_risk, key=lambda each: each.revenue), query)] if at_risk else []
    if growing:
        found.append(_task("Grow", max(growing, key=lambda each: each.revenue), query))
    return [*found, once] if once else found


def _growing(rows: Sequence[SegmentRow]) -> list[SegmentRow]:
    """Return the segments of the first tier of growth that has some."""
    tiers = ([each for each in rows if each.tier == tier and each.customers] for tier in GROWTH_TIERS)
    return next((found for found in tiers if found), [])


def _task(title: str, segment: SegmentRow, query: SchemeQuery) -> Task:
    return Task(title, segment, segment.customers, segment.revenue, {"segment": segment.slug, "scheme": query.scheme})


async def _once(request: PageRequest, query: SchemeQuery, rows: Sequence[SegmentRow]) -> Task | None:
    """Return the task for the segment with the most customers who ordered once, None without such customers."""
    best: Task | None = None
    for segment in sorted(rows, key=lambda each: -each.customers):
        if segment.customers <= (best.customers if best else 0):
            break  # no later segment can have more
        filters = CustomerQuery(
            segment=[segment.slug], frequency_max=1, scheme=query.scheme, limit=1, include=["total"]
        )
        customers = (await read_customers(request.reader, filters, "customers"))["total"]
        if customers > (best.customers if best else 0):
            shown = {"segment": segment.slug, "frequency_max": 1, "scheme": query.scheme}
            best = Task("Turn one-time buyers into regulars", segment, customers, None, shown)
    return best


ROUTE: Final = PageRoute("/", show_overview, ("segments:read",), "Overview")
