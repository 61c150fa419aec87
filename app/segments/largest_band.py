"""Value band with the most customers: a sign of the age of the edges, which stay until they are refitted."""

from typing import Any, Final

from sqlalchemy import func, select

from app.segments.scheme_columns import BY_SPEND
from app.segments.tables import current_run, segment_summary

s = segment_summary.c
LARGEST_BAND: Final = (
    select(s.segment, s.customers, func.sum(s.customers).over().label("total"))
    .join(current_run, current_run.c.run_id == s.run_id)
    .where(s.scheme == BY_SPEND, s.customers > 0)
    .order_by(s.customers.desc(), s.position)
    .limit(1)
)
"""The band with the most customers of the current run, and the customers of all bands; no row without bands."""


def describe_largest(band: Any) -> str:
    """Return the share of a row of LARGEST_BAND, and what to do when it is large, as sentences."""
    return (
        f"{band.segment} is the largest band, with {band.customers / int(band.total):.1%} of the customers. The edges "
        "stay while expected spend changes: refit them when a band has more of the customers than you want to treat "
        "alike."
    )
