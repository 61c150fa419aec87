"""Creation, replacement and removal of custom segments: each adds a version."""

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import Connection

from app.errors import InvalidSelection, SegmentConflict
from app.segments.custom.columns import CustomerCondition
from app.segments.custom.definitions import (
    LOCK,
    CustomSegment,
    check_name,
    check_new_spelling,
    newest_versions,
    save_version,
)
from app.segments.model.segment_table.fields import slug_of
from app.segments.model.segment_table.rows import RecommendedActions, TierName
from app.segments.model.segment_table.table import SegmentTable

DEFAULT_TIER: Final[TierName] = "Active Engagement"
DEFAULT_ACTIONS: Final = RecommendedActions(
    goal="Address these customers together",
    actions=("Send them a message made for this group", "Compare their orders in the next month with those before"),
    channel="Email",
    urgency="ongoing",
)


@dataclass(frozen=True, slots=True)
class GivenSegment:
    """Fields of a version to save; absent ones are those of the version before, or the defaults.

    Attributes:
        condition: who is in the segment.
        name: name; required for a new segment.
        tier: tier.
        recommendation: fields of the recommendation, by name.
    """

    condition: CustomerCondition
    name: str | None = None
    tier: str | None = None
    recommendation: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stripped_name(self) -> str | None:
        """Name with single spaces; control characters, such as tabs, stay and are refused later."""
        if self.name is None or any(unicodedata.category(each) == "Cc" for each in self.name):
            return self.name
        return " ".join(self.name.split())


def create_segment(connection: Connection, given: GivenSegment, created_by: str) -> CustomSegment:
    """Save the first version of a segment, or the next one of a segment that was removed.

    Raises BadData for an invalid name, SegmentConflict for one that is taken.
    """
    connection.execute(LOCK)
    name = given.stripped_name or ""
    slug = check_name(name, newest_versions(connection), SegmentTable.load())
    return save_version(
        connection,
        slug,
        name=name,
        tier=given.tier or DEFAULT_TIER,
        recommendation=_merged(DEFAULT_ACTIONS, given.recommendation),
        condition=given.condition,
        created_by=created_by,
    )


def replace_segment(
    connection: Connection, slug: str, given: GivenSegment, created_by: str, expected: int | None = None
) -> CustomSegment:
    """Save the next version of a segment; a changed name has the same slug.

    Raises InvalidSelection for an unknown segment, BadData and SegmentConflict for a name, SegmentConflict if the
    newest version is not the expected one.
    """
    connection.execute(LOCK)
    existing = newest_versions(connection)
    newest = _find(existing, slug, expected)
    name = given.stripped_name
    if name is not None and name != newest.name:
        check_new_spelling(name, slug)
    return save_version(
        connection,
        slug,
        name=name or newest.name,
        tier=given.tier or newest.tier,
        recommendation=_merged(newest.recommendation, given.recommendation),
        condition=given.condition,
        created_by=created_by,
    )


def remove_segment(connection: Connection, slug: str, created_by: str, expected: int | None = None) -> CustomSegment:
    """Save a version without a condition; raises InvalidSelection and SegmentConflict as `replace_segment`."""
    connection.execute(LOCK)
    newest = _find(newest_versions(connection), slug, expected)
    return save_version(
        connection,
        slug,
        name=newest.name,
        tier=newest.tier,
        recommendation=newest.recommendation,
        condition=None,
        created_by=created_by,
    )


def find_segment(connection: Connection, name: str) -> CustomSegment | None:
    """Return the newest version of the segment with a name or slug, None if there is none or it was removed."""
    slug = slug_of(name)
    found = (each for each in newest_versions(connection) if each.condition is not None)
    return next((each for each in found if slug == each.slug), None)


def unknown_segment_error(slug: str, known: list[str]) -> InvalidSelection:
    """Return the error for the slug of a custom segment that does not exist."""
    near = get_close_matches(slug, known, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "list the custom segments"
    return InvalidSelection(f"there is no custom segment {slug[:80]!r}; {hint}")


def _find(existing: list[CustomSegment], slug: str, expected: int | None) -> CustomSegment:
    known = {each.slug: each for each in existing if each.condition is not None}
    if slug not in known:
        raise unknown_segment_error(slug, sorted(known))
    if expected is not None and known[slug].version != expected:
        raise SegmentConflict(
            f"the newest version of {slug!r} is {known[slug].version}, not {expected}; read it, and repeat the change"
        )
    return known[slug]


def _merged(before: RecommendedActions, given: Mapping[str, Any]) -> RecommendedActions:
    merged = replace(before, **given)
    return RecommendedActions(**{**asdict(merged), "actions": tuple(merged.actions)})
