"""Statements that list custom segments with the numbers of their customers."""

from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.segments.custom.tables import custom_segment
from app.segments.model.schemes import CUSTOM
from app.segments.scheme_columns import CLUSTERED
from app.segments.tables import current_run, segment_summary

RUN: Final = select(current_run.c.run_id).scalar_subquery()
NEWEST: Final = (
    select(custom_segment)
    .ext(distinct_on(custom_segment.c.slug))
    .order_by(custom_segment.c.slug, custom_segment.c.version.desc())
    .subquery("newest")
)
"""The newest version of each custom segment, removed ones included."""
s = segment_summary.c
_every = (
    select(func.sum(s.customers).label("customers"), func.sum(s.revenue).label("revenue"))
    .where(s.run_id == RUN, s.scheme == CLUSTERED)
    .subquery("every")
)
LISTED: Final[Select[Any]] = select(
    NEWEST,
    s.customers,
    s.revenue,
    s.clv,
    (s.customers / func.nullif(_every.c.customers, 0)).label("share"),
    (s.revenue / func.nullif(_every.c.revenue, 0)).label("revenue_share"),
).select_from(
    NEWEST.outerjoin(segment_summary, and_(s.run_id == RUN, s.scheme == CUSTOM, s.slug == NEWEST.c.slug)).join(
        _every, NEWEST.c.slug.is_not(None)
    )
)
"""Newest versions with customers, revenue and shares in the current run, null before the first evaluation."""
BY_SLUG: Final = LISTED.where(NEWEST.c.condition.is_not(None)).order_by(NEWEST.c.slug)


def list_segments(connection: Connection) -> list[dict[str, Any]]:
    """Return the custom segments by slug, without removed ones."""
    return [dict(row) for row in connection.execute(BY_SLUG).mappings()]
