"""List the recommendations of all segments."""

from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import and_, bindparam, select

from app.api.core.dependencies import AnyScheme, ReaderDependency
from app.api.core.freshness import CURRENT_RUN_ID, FRESHNESS, FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, NO_MODEL
from app.api.core.schemas import Page, Recommendation, SegmentName, SegmentSlug, Tier, example, list_example
from app.api.core.scopes import requires_scope
from app.api.customers.profile import RECOMMENDATION_EXAMPLE
from app.segments.tables import segment_summary

router = APIRouter(prefix="/v1/recommendations", tags=["recommendations"])
NAME_EXAMPLE: Final = {"segment": "Super VIP Champions", "slug": "super-vip-champions", "tier": "Premium"}


class SegmentLabel(BaseModel):
    """Name, slug and tier of a segment."""

    segment: SegmentName
    slug: SegmentSlug
    tier: Tier


class SegmentRecommendation(Recommendation, SegmentLabel):
    """A segment and its recommendation."""


class RecommendationList(Freshness, Page[SegmentRecommendation]):
    """The recommendations of a scheme."""

    model_config = example(list_example({**NAME_EXAMPLE, **RECOMMENDATION_EXAMPLE}, extra=FRESHNESS_EXAMPLE))


s = segment_summary.c
RECOMMENDATIONS: Final = (
    select(FRESHNESS, s.segment, s.slug, s.tier, s.recommendation)
    .select_from(
        FRESHNESS.outerjoin(segment_summary, and_(s.run_id == CURRENT_RUN_ID, s.scheme == bindparam("scheme")))
    )
    .order_by(s.position)
)


@router.get("", summary="List recommendations", responses=problems(INVALID, NO_MODEL))
@requires_scope("segments:read")
async def list_recommendations(reader: ReaderDependency, scheme: AnyScheme = "kmeans") -> RecommendationList:
    """List the recommendations published with the current run, segments without customers included."""
    rows = await reader.published_rows(RECOMMENDATIONS, {"scheme": scheme})
    data = [{**row._mapping, **row.recommendation} for row in rows if row.slug is not None]  # noqa: SLF001  # _mapping is public API of SQLAlchemy
    page = {"data": data, "next_cursor": None, "has_more": False}
    return RecommendationList.model_validate({**page, **reader.freshness_fields(rows[0])})
