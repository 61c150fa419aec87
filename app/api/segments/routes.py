"""Segments with their share of customers and revenue."""

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Double, Select, and_, bindparam, case, cast, func, null, select

from app.api.core.dependencies import AnyScheme, AnySchemeName, Reader, ReaderDependency, Slug
from app.api.core.forecasts import FORECAST_HEAD_EXAMPLE, ForecastHead, forecast_fields
from app.api.core.freshness import FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.pagination import PageParams
from app.api.core.problems import INVALID, INVALID_CURSOR, NO_MODEL, NOT_YET, UNKNOWN_SEGMENT
from app.api.core.schemas import (
    Money,
    Page,
    Recommendation,
    SegmentName,
    SegmentSlug,
    Share,
    Statistics,
    Tier,
    example,
    list_example,
)
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import AS_OF_TEXT, CURRENT, HISTORICAL, AsOf, number, read_snapshot
from app.api.core.unknown_segment import unknown_segment
from app.api.customers.list import CustomerList, CustomerQuery, IncludeField, read_customers
from app.api.customers.profile import RECOMMENDATION_EXAMPLE
from app.db.param_types import Day
from app.segments.custom.members import with_membership
from app.segments.model.schemes import CUSTOM, FOLLOWED
from app.segments.scheme_columns import CLUSTERED
from app.segments.tables import revision, segment_summary

router = APIRouter(prefix="/v1/segments", tags=["segments"])
SEGMENT_ROW_EXAMPLE: Final = {
    "segment": "Super VIP Champions",
    "slug": "super-vip-champions",
    "tier": "Premium",
    "customers": 187,
    "share": 0.083333,
    "revenue": "701785.38",
    "revenue_share": 0.296585,
    "mean_recency": 10.9412,
    "median_recency": 7.0,
    "mean_frequency": 9.8984,
    "median_frequency": 9.0,
    "mean_monetary": "3752.86",
    "median_monetary": "2734.35",
    "currency": "GBP",
    "recommendation": RECOMMENDATION_EXAMPLE,
    "earned_share": 0.86631,
    "clv": "433323.74",
    "mean_clv": "2317.24",
}
HEAD_EXAMPLE: Final = {**FORECAST_HEAD_EXAMPLE, **FRESHNESS_EXAMPLE}


class SegmentShare(BaseModel):
    """A segment with its share of customers and revenue."""

    segment: SegmentName
    slug: SegmentSlug
    tier: Tier
    customers: int
    share: Annotated[Share, Field(description="Share of all customers, 0 to 1.")]
    revenue: Annotated[Money, Field(description="Sum of the sales of its customers.")]
    revenue_share: Annotated[Share, Field(description="Share of the revenue of all customers, 0 to 1.")]


class SegmentRow(Statistics, SegmentShare):
    """A segment with statistics of its customers, the recommendation, and how true the name is."""

    recommendation: Recommendation
    earned_share: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="Share of its customers, 0 to 1, who earn its name by their own recency, frequency, monetary "
            f"value and first sale; always 1 with another scheme than {CLUSTERED}. Null without customers, and with "
            f"scheme={CLUSTERED} for a day before the last one of its training run.",
        ),
    ]
    clv: Annotated[
        Money | None,
        Field(description="Expected spend of its customers in the next `forecast_days` days; null without a forecast."),
    ]
    mean_clv: Annotated[Money | None, Field(description="Mean of the expected spend of its customers.")]


class Segment(Freshness, ForecastHead, SegmentRow):
    """A segment with freshness."""

    model_config = example({**SEGMENT_ROW_EXAMPLE, **HEAD_EXAMPLE})


class SegmentList(Freshness, ForecastHead, Page[SegmentRow]):
    """The segments of a scheme."""

    model_config = example(list_example(SEGMENT_ROW_EXAMPLE, extra=HEAD_EXAMPLE))


class SegmentCustomersQuery(PageParams):
    """Page and scheme of the customers of a segment."""

    scheme: Annotated[AnySchemeName, Field(description="Segmentation scheme.")] = "kmeans"
    as_of: Annotated[Day | None, Field(description=AS_OF_TEXT)] = None
    include: IncludeField = Field([])


def _current() -> Select[Any]:
    of_scheme = and_(segment_summary.c.run_id == CURRENT.run, segment_summary.c.scheme == bindparam("scheme"))
    t = segment_summary.alias("clustered").c
    everybody = (t.run_id == CURRENT.run, t.scheme == CLUSTERED)
    totals = (
        select(func.sum(t[name])).where(*everybody).scalar_subquery().label(f"all_{name}")
        for name in ("customers", "revenue")
    )
    return select(CURRENT.head, CURRENT.forecast, segment_summary, *totals).select_from(
        CURRENT.head.outerjoin(segment_summary, of_scheme)
    )


def _historical(scheme: AnySchemeName) -> Select[Any]:
    """Return the statement that aggregates the states of a day; stored summaries exist for the newest state only."""
    rows = with_membership(HISTORICAL.rows, None, HISTORICAL.revision) if scheme == CUSTOM else HISTORICAL.rows
    c, s = rows.c, segment_summary.c
    measured: list[Any] = []
    for name in ("recency", "frequency", "monetary"):
        middle = func.percentile_cont(0.5).within_group(cast(c[name], Double))
        measured += [cast(func.avg(c[name]), s.mean_recency.type).label(f"mean_{name}")]
        measured += [cast(middle, s.mean_recency.type).label(f"median_{name}")]
    sums = (func.count().label("customers"), func.sum(c.monetary).label("revenue"), func.sum(c.clv).label("clv"))
    of_day = select(c[scheme].label("slug"), *sums, *measured).group_by(c[scheme])
    group = of_day.subquery("group")
    newest = select(func.max(revision.c.revision)).where(revision.c.run_id == HISTORICAL.run).scalar_subquery()
    earned = case((number == newest, s.earned_share), (and_(s.scheme != CLUSTERED, group.c.customers > 0), 1.0))
    of_scheme = and_(s.run_id == HISTORICAL.run, s.scheme == scheme)
    joined = HISTORICAL.head.outerjoin(segment_summary, of_scheme).outerjoin(group, group.c.slug == s.slug)
    counted = (func.coalesce(group.c[name], 0).label(name) for name in ("customers", "revenue"))
    features = (group.c.clv, *(group.c[column.name] for column in measured))
    plain = (s.segment, s.slug, s.tier, s.recommendation, s.position)
    everybody = HISTORICAL.rows.c
    totals = (
        select(total).scalar_subquery().label(f"all_{name}") if scheme == CUSTOM else null().label(f"all_{name}")
        for name, total in (("customers", func.count(everybody.customer_id)), ("revenue", func.sum(everybody.monetary)))
    )
    return select(
        HISTORICAL.head, HISTORICAL.forecast, *plain, *counted, *features, earned.label("earned_share"), *totals
    ).select_from(joined)


CURRENT_SEGMENTS: Final = _current()
HISTORICAL_SEGMENTS: Final = {scheme: _historical(scheme) for scheme in FOLLOWED}


@router.get("", summary="List segments", responses=problems(NOT_YET, INVALID, NO_MODEL))
@requires_scope("segments:read")
async def list_segments(
    reader: ReaderDependency,
    scheme: AnyScheme = "kmeans",
    include_empty: Annotated[bool, Query(description="Include segments without customers.")] = False,
    as_of: AsOf = None,
) -> SegmentList:
    """List the segments with customers, by descending revenue, with their share of customers and revenue.

    Shares of custom segments do not add up to 1: a customer may be in several, or in none. A custom segment is listed
    once it has been evaluated, some seconds after it was saved.
    """
    rows, extra = await _read(reader, scheme, as_of)
    data = [row for row in rows if row["customers"] or include_empty]
    return SegmentList.model_validate({"data": data, "next_cursor": None, "has_more": False, **extra})


@router.get("/{slug}", summary="Get a segment", responses=problems(UNKNOWN_SEGMENT, NOT_YET, INVALID, NO_MODEL))
@requires_scope("segments:read")
async def get_segment(
    reader: ReaderDependency, slug: Slug, scheme: AnyScheme = "kmeans", as_of: AsOf = None
) -> Segment:
    """Get a segment with statistics of its customers and the recommendation, even if it has no customers."""
    rows, extra = await _read(reader, scheme, as_of)
    found = next((row for row in rows if row["slug"] == slug), None)
    if found is None:
        raise unknown_segment(slug, scheme, [row["slug"] for row in rows])
    return Segment.model_validate({**found, **extra})


@router.get(
    "/{slug}/customers",
    summary="List the customers of a segment",
    responses=problems(INVALID_CURSOR, UNKNOWN_SEGMENT, NOT_YET, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def list_segment_customers(
    reader: ReaderDependency, slug: Slug, query: Annotated[SegmentCustomersQuery, Query()]
) -> CustomerList:
    """List the customers of a segment by id. All pages are of the training run of the first page, if it is stored."""
    customer_query = CustomerQuery(segment=[slug], **query.model_dump())
    return CustomerList.model_validate(await read_customers(reader, customer_query, "segment customers"))


async def _read(
    reader: Reader, scheme: AnySchemeName, as_of: date | None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    statement = CURRENT_SEGMENTS if as_of is None else HISTORICAL_SEGMENTS[scheme]
    found = await read_snapshot(reader, statement, {"scheme": scheme}, as_of)
    head = found[0]
    rows = sorted((row for row in found if row.slug is not None), key=lambda row: (-row.revenue, row.position))
    # A customer may be in several custom segments.
    is_custom = scheme == CUSTOM
    customers = (head.all_customers if is_custom else sum(row.customers for row in rows)) or 1
    revenue = (head.all_revenue if is_custom else sum(row.revenue for row in rows)) or 1
    segments = [
        {
            **row._mapping,  # noqa: SLF001  # _mapping is public API of SQLAlchemy
            "share": round(row.customers / customers, 6),
            "revenue_share": round(row.revenue / revenue, 6),
            "mean_clv": row.clv / row.customers if row.clv is not None and row.customers else None,
            "currency": reader.settings.currency,
        }
        for row in rows
    ]
    return segments, {**forecast_fields(head.forecast), **reader.freshness_fields(head, today=as_of)}
