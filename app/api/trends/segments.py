"""Customers and revenue of segments over time."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Select, Text, and_, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.api.core.dependencies import AnySchemeName, ReaderDependency
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.schemas import Currency, Money, Page, SegmentName, SegmentSlug, Share, Tier, example, list_example
from app.api.core.scopes import requires_scope
from app.api.trends.segments_example import DAY_EXAMPLE
from app.db.param_types import Day
from app.segments.model.schemes import CUSTOM
from app.segments.scheme_columns import CLUSTERED
from app.segments.tables import segment_day, segment_summary

router = APIRouter(prefix="/v1/trends", tags=["trends"])
BY_DAY: Final = Keyset(("as_of",), TypeAdapter(tuple[date]))


class SegmentOfDay(BaseModel):
    """A segment on one day."""

    segment: SegmentName
    slug: SegmentSlug
    tier: Tier
    customers: int
    share: Annotated[Share, Field(description="Share of the customers of that day, 0 to 1.")]
    revenue: Annotated[Money, Field(description="Monetary value of its customers.")]
    revenue_share: Annotated[Share, Field(description="Share of the revenue of that day, 0 to 1.")]
    clv: Annotated[
        Money | None,
        Field(description="Expected spend of its customers in the days after that day; null without a forecast."),
    ]


class SegmentDay(BaseModel):
    """The segments at the end of one day."""

    as_of: Annotated[date, Field(description="Day of a training run, or of an assignment between training runs.")]
    run_id: Annotated[UUID, Field(description="Training run whose model assigned the segments.")]
    customers: Annotated[int, Field(description="Customers with a segment; with scheme=custom those of all schemes.")]
    revenue: Annotated[Money, Field(description="Monetary value of all of them.")]
    currency: Currency
    segments: Annotated[
        list[SegmentOfDay], Field(description="Segments with customers, in the order of the segment table.")
    ]


class SegmentTrend(NullableFreshness, Page[SegmentDay]):
    """A page of the segments over time."""

    model_config = example(list_example(DAY_EXAMPLE, extra=FRESHNESS_EXAMPLE))


class SegmentTrendQuery(PageParamsWithTotal):
    """Scheme, range of days and page."""

    model_config = ConfigDict(populate_by_name=True)

    limit: Annotated[int, Field(description="Maximum number of days on the page.", ge=1, le=1000)] = 366
    scheme: Annotated[AnySchemeName, Field(description="Segmentation scheme.")] = "kmeans"
    from_: Annotated[Day | None, Field(alias="from", description="First day; by default the first recorded one.")] = (
        None
    )
    to: Annotated[Day | None, Field(description="Last day, inclusive; by default the newest.")] = None


@router.get("/segments", summary="List the segments over time", responses=problems(INVALID_CURSOR, INVALID))
@requires_scope("segments:read")
async def list_segment_trends(reader: ReaderDependency, query: Annotated[SegmentTrendQuery, Query()]) -> SegmentTrend:
    """List customers, revenue and expected spend of each segment by day, oldest first.

    There is one entry for each day with a training run, or with an assignment of customers after a load. It is kept
    when the customers of that training run are removed. Compare days of one scheme only.
    """
    page = await read_page(reader, _days(query), BY_DAY, query, "segment trends")
    data = [_with_shares(row, reader.settings.currency) for row in page["data"]]
    return SegmentTrend.model_validate({**page, "data": data})


def _days(query: SegmentTrendQuery) -> Select[Any]:
    c, s = segment_day.c, segment_summary.c
    of_segment = and_(s.run_id == c.run_id, s.scheme == c.scheme, s.slug == c.slug)
    fields = {"segment": s.segment, "slug": c.slug, "tier": s.tier, "customers": c.customers}
    parts: list[Any] = [part for name, column in fields.items() for part in (name, column)]
    segment = func.jsonb_build_object(*parts, "revenue", cast(c.revenue, Text), "clv", cast(c.clv, Text))
    range_of_days = [c.as_of >= query.from_] if query.from_ else []
    range_of_days += [c.as_of <= query.to] if query.to else []
    # A customer may be in several custom segments.
    t = segment_day.alias("total").c
    of_day = (t.as_of == c.as_of, t.scheme == (CLUSTERED if query.scheme == CUSTOM else query.scheme))
    totals = (
        select(func.sum(t[name])).where(*of_day).correlate(segment_day).scalar_subquery().label(name)
        for name in ("customers", "revenue")
    )
    return (
        select(
            c.as_of,
            c.run_id,
            *totals,
            func.jsonb_agg(aggregate_order_by(segment, s.position)).label("segments"),
        )
        .join_from(segment_day, segment_summary, of_segment)
        .where(c.scheme == query.scheme, *range_of_days)
        .group_by(c.as_of, c.run_id)
    )


def _with_shares(row: dict[str, Any], currency: str | None) -> dict[str, Any]:
    customers, revenue = row["customers"], float(row["revenue"]) or 1.0
    segments = [
        {
            **each,
            "share": round(each["customers"] / customers, 6),
            "revenue_share": round(float(each["revenue"]) / revenue, 6),
        }
        for each in row["segments"]
    ]
    return {**row, "segments": segments, "currency": currency}
