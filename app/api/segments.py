"""Segments: the business groups, how much they are worth, and who is in them."""

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import and_, bindparam, select

from app.api.customers import RECOMMENDATION_EXAMPLE
from app.api.deps import Reader, Reads, Scheme, SchemeName, Slug
from app.api.filters import unknown_segment
from app.api.freshness import EXAMPLE, Fresh, served, the_run
from app.api.listing import CustomerList, CustomerQuery, read_customers
from app.api.openapi import problems
from app.api.paging import Paging
from app.api.problems import INVALID, INVALID_CURSOR, NO_MODEL, NOT_YET, UNKNOWN_SEGMENT
from app.api.schemas import Listing, Money, Recommendation, Share, Statistics, Tier, example, listed
from app.segments.tables import segment_summary

router = APIRouter(prefix="/v1/segments", tags=["segments"])
SEGMENT_EXAMPLE: Final = {
    "segment": "Super VIP Champions",
    "slug": "super-vip-champions",
    "tier": "Premium",
    "customers": 568,
    "share": 0.310383,
    "revenue": "1172471.84",
    "revenue_share": 0.710142,
    "mean_recency": 24.1338,
    "median_recency": 17.0,
    "mean_frequency": 4.632,
    "median_frequency": 4.0,
    "mean_monetary": "2064.21",
    "median_monetary": "1554.73",
    "currency": "GBP",
    "recommendation": RECOMMENDATION_EXAMPLE,
}


class SegmentWorth(BaseModel):
    """A segment, and its part of all customers and of all revenue."""

    segment: Annotated[str, Field(description="Name.")]
    slug: Annotated[str, Field(description="Name in paths.")]
    tier: Tier
    customers: int
    share: Annotated[Share, Field(description="Of all customers, 0 to 1.")]
    revenue: Annotated[Money, Field(description="Sum of its customers' sales.")]
    revenue_share: Annotated[Share, Field(description="Of the revenue of all customers, 0 to 1.")]


class SegmentRow(Statistics, SegmentWorth):
    """A segment, what its customers are like, and what to do about them."""

    recommendation: Recommendation


class Segment(Fresh, SegmentRow):
    """A segment, and how fresh the numbers are."""

    model_config = example({**SEGMENT_EXAMPLE, **EXAMPLE})


class SegmentList(Fresh, Listing[SegmentRow]):
    """The segments of a scheme."""

    model_config = example(listed(SEGMENT_EXAMPLE, beside=EXAMPLE))


class Members(Paging):
    """Page and scheme of the customers of a segment."""

    scheme: Annotated[SchemeName, Field(description="Which segmentation.")] = "kmeans"
    as_of: Annotated[
        date | None, Field(description="As it was published at the end of this day; the newest where it is left out.")
    ] = None


SEGMENTS: Final = (
    select(served, segment_summary)
    .select_from(
        served.outerjoin(
            segment_summary,
            and_(segment_summary.c.run_id == the_run, segment_summary.c.scheme == bindparam("scheme")),
        )
    )
    .order_by(segment_summary.c.revenue.desc(), segment_summary.c.place)
)


@router.get("", summary="The segments of a scheme", responses=problems(INVALID, NO_MODEL))
async def list_segments(
    reader: Reads,
    scheme: Scheme = "kmeans",
    include_empty: Annotated[bool, Query(description="Segments without customers too.")] = False,
) -> SegmentList:
    """The segments that have customers, most revenue first, with their part of customers and revenue."""
    rows, beside = await _read(reader, scheme)
    data = [row for row in rows if row["customers"] or include_empty]
    return SegmentList.model_validate({"data": data, "next_cursor": None, "has_more": False, **beside})


@router.get("/{slug}", summary="A segment", responses=problems(UNKNOWN_SEGMENT, INVALID, NO_MODEL))
async def get_segment(reader: Reads, slug: Slug, scheme: Scheme = "kmeans") -> Segment:
    """One segment, also where it has no customers now: what they are like, what they are worth, what to do."""
    rows, beside = await _read(reader, scheme)
    found = next((row for row in rows if row["slug"] == slug), None)
    if found is None:
        raise await unknown_segment(reader, slug, scheme)
    return Segment.model_validate({**found, **beside})


@router.get(
    "/{slug}/customers",
    summary="The customers of a segment",
    responses=problems(INVALID_CURSOR, UNKNOWN_SEGMENT, NOT_YET, INVALID, NO_MODEL),
)
async def list_segment_customers(reader: Reads, slug: Slug, query: Annotated[Members, Query()]) -> CustomerList:
    """In the order of their ids. All pages are of the run that the first page was of, while it is stored."""
    wanted = CustomerQuery(segment=slug, **query.model_dump())
    return CustomerList.model_validate(await read_customers(reader, wanted, "segment customers"))


async def _read(reader: Reader, scheme: SchemeName) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    rows = await reader.served(SEGMENTS, {"scheme": scheme})
    customers = sum(row.customers for row in rows) or 1
    revenue = sum(row.revenue for row in rows) or 1
    segments = [
        {
            **row._mapping,  # noqa: SLF001  # its public name
            "share": round(row.customers / customers, 6),
            "revenue_share": round(row.revenue / revenue, 6),
            "currency": reader.settings.currency,
        }
        for row in rows
    ]
    return segments, reader.fresh(rows[0])
