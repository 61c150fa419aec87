"""Problem response for an unknown segment, with close matches."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.api.core.dependencies import AnySchemeName
from app.api.core.problems import CONFLICTING_FILTERS, UNKNOWN_SEGMENT, Problem, quoted
from app.segments.filters import CustomerFilters
from app.segments.model.segment_table.fields import slug_of
from app.segments.tables import segment_summary


def check_filters(filters: CustomerFilters) -> None:
    """Raise Problem for filters that exclude each other."""
    if filters.conflict is not None:
        raise Problem(CONFLICTING_FILTERS, f"{filters.conflict}.")


def slugs_of(run: ColumnElement[Any], scheme: AnySchemeName) -> ColumnElement[Any]:
    """Return the array of the slugs of a run's scheme, as a column of a SELECT."""
    s = segment_summary.c
    return func.array(select(s.slug).where(s.run_id == run, s.scheme == scheme).scalar_subquery())


def check_segments(requested: Sequence[str] | None, known: Collection[str] | None, scheme: AnySchemeName) -> None:
    """Raise Problem for the first unknown segment; segments are given by slug or name."""
    for segment in requested or ():
        if slug_of(segment) not in (known or ()):
            raise unknown_segment(segment, scheme, known or ())


def unknown_segment(requested: str, scheme: AnySchemeName, known: Collection[str]) -> Problem:
    """Return the problem for an unknown segment, with close matches among the known slugs."""
    near = get_close_matches(slug_of(requested), list(known), cutoff=0.5)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return Problem(UNKNOWN_SEGMENT, f"The scheme {scheme} has no segment {quoted(requested)}{hint}")
