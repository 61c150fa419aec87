"""Segments: sortable table, and the heat map of recency, frequency and monetary value."""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Final

from pydantic import Field

from app.api.core.pagination import PageParamsWithTotal
from app.api.core.unknown_segment import check_segments
from app.api.segments.models import get_current_model
from app.api.segments.routes import SegmentRow, list_segments
from app.api.segments.value_edges import FittedEdges, list_value_edges
from app.dashboard.figures.segments import heat_map
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageRequest
from app.dashboard.pages.scheme import AnySchemeQuery, any_scheme_links
from app.segments.filters import MAX_VALUES
from app.segments.model.rfm_scores import SCORES, RFMScores, ScoreRange
from app.segments.model.segment_table.value_rows import band_slug
from app.segments.model.value_bands import BANDS
from app.segments.scheme_columns import BY_SPEND

MOST: Final = 0.5


class SegmentsQuery(AnySchemeQuery):
    """Filters of the segments."""

    segment: Annotated[list[str], Field(default_factory=list, max_length=MAX_VALUES)]
    min_customers: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


def is_rarely_earned(segment: SegmentRow) -> bool:
    """Return whether fewer than half of the customers earn the name of their segment by their own numbers."""
    return segment.earned_share is not None and segment.earned_share < MOST


async def _bands(request: PageRequest, scheme: str) -> FittedEdges | None:
    """Return the edges of value bands, None for other schemes."""
    if scheme != BY_SPEND:
        return None
    fitted = await list_value_edges(request.reader, PageParamsWithTotal(limit=1))
    return next(iter(fitted.data), None)


def spend_ranges(fitted: FittedEdges) -> dict[str, tuple[Decimal | None, Decimal | None]]:
    """Return the lower and upper edge of each value band by its slug, None where a band has no limit."""
    bounds = [None, *fitted.edges, None]
    lowest = BANDS - len(fitted.edges)
    return {band_slug(lowest + n): each for n, each in enumerate(pairwise(bounds))}


async def show_segments(request: PageRequest) -> PageContent:
    """Show the segments that match the filters, by descending revenue."""
    query = request.query(SegmentsQuery)
    answer = await list_segments(request.reader, scheme=query.scheme)
    check_segments(query.segment, [each.slug for each in answer.data], query.scheme)
    rows = [
        each
        for each in answer.data
        if each.customers >= query.min_customers and (not query.segment or each.slug in query.segment)
    ]
    bands = await _bands(request, query.scheme)
    values = {
        "bands": bands,
        "spend_ranges": spend_ranges(bands) if bands else {},
        "scheme": query.scheme,
        "scheme_links": await any_scheme_links(request),
        "query": query,
        "every": answer.data,
        "segments": rows,
        "rarely_earned": [each for each in rows if is_rarely_earned(each)],
        "heat_map": heat_map(rows) if rows else None,
        "scores": await _scores(request) if query.scheme == "rfm" else [],
    }
    return PageContent("segments.html", "Segments", {**values, "forecast_reason": answer.forecast_reason}, answer)


async def _scores(request: PageRequest) -> list[tuple[int, tuple[ScoreRange, ...]]]:
    """Return each RFM score with the values of the three features that have it; none before they are measured."""
    cuts = (await get_current_model(request.reader)).rfm_cuts
    if not cuts:
        return []
    scores = RFMScores.from_json(cuts)
    return [(score, scores.ranges((score, score, score))) for score in range(SCORES, 0, -1)]


ROUTE: Final = PageRoute("/segments", show_segments, ("segments:read",), "Segments")
