"""Definitions of custom segments: versions of a name, a condition, and what to do with its members."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import Connection, RowMapping, func, insert, select, text, update

from app.errors import BadData, SegmentConflict
from app.segments.custom.columns import CustomerCondition, stored_columns
from app.segments.custom.tables import custom_segment
from app.segments.model.segment_table.fields import slug_of
from app.segments.model.segment_table.rows import RecommendedActions
from app.segments.model.segment_table.table import SegmentTable

MOST: Final = 100
"""Custom segments of a shop at most: each is evaluated with every load, rescore and training."""
MAX_NAME: Final = 60
"""Characters of a name at most."""
RESERVED: Final = frozenset({"preview", "edit"})
"""Slugs that are parts of addresses."""
LOCK: Final = text("select pg_advisory_xact_lock(hashtext('regulars.custom_segments'))")
c = custom_segment.c
_others = custom_segment.alias("others").c
_newest: Final = select(func.max(_others.version)).where(_others.slug == c.slug).scalar_subquery()
CURRENT_SLUGS: Final = select(c.slug).where(c.version == _newest, c.condition.is_not(None)).order_by(c.slug)
"""Slugs of the custom segments that are not removed."""


@dataclass(frozen=True, slots=True)
class CustomSegment:
    """Version of a custom segment.

    Attributes:
        slug: identifier, made from the name.
        version: 1 for the first one.
        name: name for people.
        tier: tier, as of other segments.
        recommendation: what to do with its members.
        condition: who is in it; None if this version removes the segment.
        attribute_types: types of the contract's attributes that the condition uses, by name.
        created_at: when it was saved.
        created_by: name of the API key or command that saved it.
        evaluated_at: when its members were first found; None before.
        problem: why the condition cannot be evaluated.
    """

    slug: str
    version: int
    name: str
    tier: str
    recommendation: RecommendedActions
    condition: str | None
    attribute_types: Mapping[str, str]
    created_at: datetime
    created_by: str
    evaluated_at: datetime | None
    problem: str | None

    @classmethod
    def from_row(cls, row: RowMapping) -> Self:
        """Build a version from a row."""
        recommended: Mapping[str, Any] = row["recommendation"]
        actions = RecommendedActions(**{**recommended, "actions": tuple(recommended["actions"])})
        return cls(**{**row, "recommendation": actions})

    def parsed(self) -> CustomerCondition | None:
        """Return the condition, None of a version that removes the segment; raises InvalidCondition."""
        if self.condition is None:
            return None
        return CustomerCondition.parse(self.condition, stored_columns(self.attribute_types))

    @property
    def is_new(self) -> bool:
        """Whether its members are those of an earlier version until the next evaluation."""
        return self.evaluated_at is None


def newest_versions(connection: Connection) -> list[CustomSegment]:
    """Return the newest version of each custom segment, in the order in which they were first saved."""
    began = func.min(c.created_at).over(partition_by=c.slug)
    versions = select(custom_segment).order_by(began, c.slug, c.version)
    newest = {row["slug"]: row for row in connection.execute(versions).mappings()}
    return [CustomSegment.from_row(row) for row in newest.values()]


def versions_of(connection: Connection, slug: str) -> list[CustomSegment]:
    """Return all versions of a custom segment, the newest first; none if there is no such segment."""
    found = select(custom_segment).where(c.slug == slug).order_by(c.version.desc())
    return [CustomSegment.from_row(row) for row in connection.execute(found).mappings()]


def check_new_spelling(name: str, slug: str) -> None:
    """Check another name of a segment, which is found by its slug and by its name; raises BadData, SegmentConflict."""
    if _checked_slug(name) != slug:
        raise SegmentConflict(
            f"a new name is a new segment: {name!r} differs from {slug!r} in more than letter case, spaces and "
            "punctuation; save a segment of that name, and remove this one"
        )


def check_name(name: str, existing: list[CustomSegment], segment_table: SegmentTable) -> str:
    """Return the slug of the name of a new segment.

    Args:
        name: name without spaces at its ends.
        existing: newest versions of all custom segments.
        segment_table: segments of the schemes.

    Raises:
        BadData: the name is too long, or has nothing that makes a slug.
        SegmentConflict: another segment has the name, or there are too many segments.
    """
    slug = _checked_slug(name)
    if slug in RESERVED:
        raise SegmentConflict(f"the name {name!r} is reserved; choose another name")
    others = [each for each in existing if each.condition is not None]
    if any(slug == each.slug for each in others):
        raise SegmentConflict(f"there is a custom segment {slug!r}; save a new version of it, or choose another name")
    if len(others) >= MOST:
        raise SegmentConflict(f"there are {MOST} custom segments; remove one first")
    for scheme, segments in segment_table.segments.items():
        if any(slug in {segment.slug, slug_of(segment.name)} for segment in segments):
            raise SegmentConflict(f"{name!r} is the name of a segment of the scheme {scheme}; choose another name")
    return slug


def _checked_slug(name: str) -> str:
    if not name.isprintable():
        raise BadData(f"the name {name!r} has control characters or invisible ones; remove them")
    slug = slug_of(name)
    if not slug:
        raise BadData(f"the name {name!r} has no letter or digit from A to Z; add one")
    if len(name) > MAX_NAME:
        raise BadData(f"the name has {len(name)} characters; choose one of up to {MAX_NAME}")
    return slug


def save_version(
    connection: Connection,
    slug: str,
    *,
    name: str,
    tier: str,
    recommendation: RecommendedActions,
    condition: CustomerCondition | None,
    created_by: str,
) -> CustomSegment:
    """Store a new version of a custom segment, whose condition is checked already; it is evaluated by the next run.

    The caller's transaction takes LOCK before it reads the existing versions.
    """
    newest = select(func.coalesce(func.max(c.version), 0) + 1).where(c.slug == slug).scalar_subquery()
    values = {
        "slug": slug,
        "version": newest,
        "name": name,
        "tier": tier,
        "recommendation": asdict(recommendation),
        "condition": condition.condition.text if condition else None,
        "attribute_types": condition.attribute_types if condition else {},
        "created_by": created_by,
    }
    row = connection.execute(insert(custom_segment).values(values).returning(custom_segment)).mappings().one()
    return CustomSegment.from_row(row)


def record_evaluation(connection: Connection, segment: CustomSegment, now: datetime, problem: str | None) -> None:
    """Record that the members are those of a version, or why they cannot be."""
    evaluated = {} if problem else {"evaluated_at": func.coalesce(c.evaluated_at, now)}
    of_version = update(custom_segment).where(c.slug == segment.slug, c.version == segment.version)
    connection.execute(of_version.values(problem=problem, **evaluated))
