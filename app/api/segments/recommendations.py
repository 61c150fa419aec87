"""Recommendations: the table of segments as a marketer wrote it."""

from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import and_, bindparam, select

from app.api.core.dependencies import Reads, Scheme
from app.api.core.freshness import EXAMPLE, Fresh, served, the_run
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, NO_MODEL
from app.api.core.schemas import Listing, Recommendation, Tier, example, list_example
from app.api.core.scopes import requires_scope
from app.api.customers.profile import RECOMMENDATION_EXAMPLE
from app.segments.tables import segment_summary

router = APIRouter(prefix="/v1/recommendations", tags=["recommendations"])
NAME_EXAMPLE: Final = {"segment": "Super VIP Champions", "slug": "super-vip-champions", "tier": "Premium"}


class SegmentName(BaseModel):
    """A segment by name."""

    segment: str
    slug: str
    tier: Tier


class SegmentRecommendation(Recommendation, SegmentName):
    """A segment, and what to do about its customers."""


class RecommendationList(Fresh, Listing[SegmentRecommendation]):
    """Every row of a scheme's table."""

    model_config = example(list_example({**NAME_EXAMPLE, **RECOMMENDATION_EXAMPLE}, beside=EXAMPLE))


s = segment_summary.c
TABLE: Final = (
    select(served, s.segment, s.slug, s.tier, s.recommendation)
    .select_from(served.outerjoin(segment_summary, and_(s.run_id == the_run, s.scheme == bindparam("scheme"))))
    .order_by(s.position)
)


@router.get("", summary="What to do about each segment", responses=problems(INVALID, NO_MODEL))
@requires_scope("segments:read")
async def list_recommendations(reader: Reads, scheme: Scheme = "kmeans") -> RecommendationList:
    """Every row of the table as it stood when the run was published, also for segments without customers."""
    rows = await reader.served(TABLE, {"scheme": scheme})
    data = [{**row._mapping, **row.recommendation} for row in rows]  # noqa: SLF001  # its public name
    page = {"data": data, "next_cursor": None, "has_more": False}
    return RecommendationList.model_validate({**page, **reader.fresh(rows[0])})
