"""Custom segments: list them, get one with its versions, list the columns of conditions."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from sqlalchemy import Select, select, true

from app.api.core.dependencies import Reader, ReaderDependency
from app.api.core.freshness import FRESHNESS
from app.api.core.openapi import problems
from app.api.core.path_converters import CUSTOM_SLUG
from app.api.core.problems import INVALID, Problem, as_sentence
from app.api.core.scopes import requires_scope
from app.api.segments.custom_schemas import ConditionColumnList, CustomSegmentDetails, CustomSegmentList
from app.api.segments.problems import UNKNOWN_CUSTOM_SEGMENT
from app.db.param_types import Text
from app.segments.custom.columns import columns_for
from app.segments.custom.listed import LISTED, NEWEST
from app.segments.custom.saving import unknown_segment_error
from app.segments.custom.tables import custom_segment
from app.segments.model.segment_table.table import SegmentTable

router = APIRouter(prefix="/v1/custom-segments", tags=["custom segments"])
columns_router = APIRouter(prefix="/v1/custom-segment-columns", tags=["custom segments"])
CustomSlug = Annotated[Text, Path(description="Slug of the custom segment.", examples=["big-spenders-at-rest"])]
ONE: Final = f"/{CUSTOM_SLUG}"
c = custom_segment.c


@router.get("", summary="List custom segments", responses=problems())
@requires_scope("segments:read")
async def list_custom_segments(reader: ReaderDependency) -> CustomSegmentList:
    """List the newest version of each custom segment by slug, with its customers and their revenue in the current run.

    Removed segments are left out.
    """
    rows = await reader.rows(_with_freshness(LISTED.where(NEWEST.c.condition.is_not(None))).order_by("slug"))
    data = [_fields(reader, row) for row in rows if row.slug is not None]
    page = {"data": data, "next_cursor": None, "has_more": False}
    return CustomSegmentList.model_validate({**page, **reader.freshness_fields(rows[0])})


@router.get(ONE, summary="Get a custom segment", responses=problems(UNKNOWN_CUSTOM_SEGMENT, INVALID))
@requires_scope("segments:read")
async def get_custom_segment(reader: ReaderDependency, slug: CustomSlug) -> CustomSegmentDetails:
    """Get a custom segment with all its versions, the newest first; also one that was removed."""
    row = (await reader.rows(_with_freshness(LISTED.where(NEWEST.c.slug == slug))))[0]
    if row.slug is None:
        known = await reader.rows(select(NEWEST.c.slug).order_by(NEWEST.c.slug))
        error = unknown_segment_error(slug, [each.slug for each in known])
        raise Problem(UNKNOWN_CUSTOM_SEGMENT, as_sentence(error))
    versions = await reader.rows(select(custom_segment).where(c.slug == slug).order_by(c.version.desc()))
    fields = {"versions": [each._mapping for each in versions]}  # noqa: SLF001  # _mapping is public API of SQLAlchemy
    return CustomSegmentDetails.model_validate({**_fields(reader, row), **reader.freshness_fields(row), **fields})


@columns_router.get("", summary="List columns of conditions", responses=problems())
@requires_scope("segments:read")
async def list_condition_columns(reader: ReaderDependency) -> ConditionColumnList:
    """List the columns that conditions of custom segments may use: those of every shop, and `last_…` for each attribute
    of the data contract, with its value in the customer's latest sale.
    """
    row = (await reader.rows(select(FRESHNESS)))[0]
    names = ("name", "type", "description", "is_attribute")
    known = columns_for(reader.contract, SegmentTable.load()).values()
    data = [{**{name: getattr(each, name) for name in names}, "values": each.values or None} for each in known]
    page = {"data": data, "next_cursor": None, "has_more": False}
    return ConditionColumnList.model_validate({**page, **reader.freshness_fields(row)})


def _with_freshness(listed: Select[Any]) -> Select[Any]:
    found = listed.subquery("found")
    return select(FRESHNESS, found).select_from(FRESHNESS.outerjoin(found, true()))


def _fields(reader: Reader, row: Any) -> dict[str, Any]:
    return {**row._mapping, "currency": reader.settings.currency}  # noqa: SLF001  # _mapping is public API of SQLAlchemy
