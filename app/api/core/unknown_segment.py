"""Problem response for an unknown segment, with close matches."""

from collections.abc import Iterable
from difflib import get_close_matches

from sqlalchemy import select

from app.api.core.dependencies import Reader, SchemeName
from app.api.core.freshness import the_run
from app.api.core.problems import UNKNOWN_SEGMENT, Problem, quoted
from app.segments.model.segment_table.fields import slug_of
from app.segments.tables import segment_summary


async def unknown_segment(reader: Reader, given: str, scheme: SchemeName) -> Problem:
    """Return the problem of a segment that the current run does not have in a scheme."""
    s = segment_summary.c
    rows = await reader.rows(select(s.slug).where(s.run_id == the_run, s.scheme == scheme))
    return no_segment(given, scheme, [row.slug for row in rows])


def no_segment(given: str, scheme: SchemeName, slugs: Iterable[str]) -> Problem:
    """Return the problem of an unknown segment, given the slugs that exist."""
    near = get_close_matches(slug_of(given), list(slugs), cutoff=0.5)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return Problem(UNKNOWN_SEGMENT, f"The scheme {scheme} has no segment {quoted(given)}{hint}")
