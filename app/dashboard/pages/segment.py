"""One segment: numbers, recommendation, trend, distributions, flows, top customers, hints for exports and webhooks."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from app.api.customers.list import CustomerQuery, read_customers
from app.api.segments.distributions import get_segment_distribution
from app.api.segments.routes import get_segment
from app.api.segments.transition_schemas import Transition
from app.api.trends.segments import SegmentTrendQuery, list_segment_trends
from app.dashboard.figures.distributions import Group
from app.dashboard.figures.figure import ACCENT
from app.dashboard.figures.segments import DayOfSegment, trend
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.distributions import distribution_figures
from app.dashboard.pages.recent_moves import recent_moves
from app.dashboard.pages.scheme import AnySchemeQuery
from app.dashboard.pages.segments import is_rarely_earned
from app.segments.model.schemes import CUSTOM, SchemeName

TOP_CUSTOMERS: Final = 10
DAYS_SHOWN: Final = 366


async def show_segment(request: PageRequest) -> PageContent:
    """Show a segment."""
    query, slug = request.query(AnySchemeQuery), request.param("slug")
    found = await get_segment(request.reader, slug, scheme=query.scheme)
    distribution = await get_segment_distribution(request.reader, slug, scheme=query.scheme)
    days = await _days(request, query, slug, found.as_of)
    may_read_customers = request.may("customers:read")
    values = {
        "scheme": query.scheme,
        "found": found,
        "is_rarely_earned": is_rarely_earned(found),
        "distributions": distribution_figures([Group(found.segment, ACCENT, distribution)], found.currency),
        "days": days,
        "trend": trend(days) if len(days) > 1 else None,
        "top": await _top(request, query, slug) if may_read_customers and found.customers else [],
        "flows": await _flows(request, query.scheme, slug) if query.scheme != CUSTOM and may_read_customers else None,
    }
    return PageContent("segment.html", found.segment, values, found)


async def _days(request: PageRequest, query: AnySchemeQuery, slug: str, as_of: date) -> list[DayOfSegment]:
    """Return customers and revenue of the segment on each day of the last year; zeros without customers."""
    wanted = SegmentTrendQuery(scheme=query.scheme, from_=as_of - timedelta(days=DAYS_SHOWN), limit=DAYS_SHOWN + 1)
    found = []
    for each in (await list_segment_trends(request.reader, wanted)).data:
        row = next((segment for segment in each.segments if segment.slug == slug), None)
        found.append(DayOfSegment(each.as_of, row.customers if row else 0, row.revenue if row else Decimal()))
    return found


async def _top(request: PageRequest, query: AnySchemeQuery, slug: str) -> list[dict[str, Any]]:
    wanted = CustomerQuery(segment=[slug], scheme=query.scheme, sort="-monetary", limit=TOP_CUSTOMERS)
    page = await read_customers(request.reader, wanted, "customers")
    rows: list[dict[str, Any]] = page["data"]
    return rows


async def _flows(request: PageRequest, scheme: SchemeName, slug: str) -> dict[str, Any]:
    matrix = await recent_moves(request, scheme)
    return {
        "compared": matrix,
        "is_first": matrix.before.run_id == matrix.after.run_id,
        "came": [cell for cell in matrix.data if cell.to_slug == slug and cell.from_slug != slug],
        "left": [cell for cell in matrix.data if cell.from_slug == slug and cell.to_slug != slug],
        "stayed": _stayed(matrix.data, slug),
    }


def _stayed(cells: list[Transition], slug: str) -> int:
    return sum(cell.customers for cell in cells if cell.from_slug == cell.to_slug == slug)


ROUTE: Final = PageRoute("/segments/{slug}", show_segment, ("segments:read",), "Segments")
