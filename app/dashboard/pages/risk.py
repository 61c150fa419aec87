"""Segments at risk: those whose median recency is above the median recency of all customers."""

from collections.abc import Sequence

from app.api.segments.routes import SegmentRow


def is_at_risk(segment: SegmentRow, median_recency: float) -> bool:
    """Return whether the median recency of a segment is above that of all customers."""
    return segment.median_recency is not None and segment.median_recency > median_recency


def share_at_risk(segments: Sequence[SegmentRow], median_recency: float) -> float:
    """Return the share of customers in segments at risk."""
    total = sum(each.customers for each in segments)
    at_risk = sum(each.customers for each in segments if is_at_risk(each, median_recency))
    return at_risk / total if total else 0.0
