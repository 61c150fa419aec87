"""Parse and validate the rows of the segment table file."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from app.errors import Misconfigured
from app.segments.model.segment_table.fields import Band, RowFields, slug_of

TierName = Literal["Premium", "High-Value", "Active Engagement", "Risk Management", "Growth & New"]
TIERS: Final[tuple[TierName, ...]] = get_args(TierName)
URGENCIES: Final = ("immediate", "this week", "this month", "ongoing")
RECENCIES: Final = ("recent", "dormant")
SchemeName = Literal["kmeans", "rules"]
SCHEMES: Final[tuple[SchemeName, ...]] = get_args(SchemeName)


@dataclass(frozen=True)
class RecommendedActions:
    """Recommendation for a segment: goal, two to four actions, channel, urgency (one of `URGENCIES`)."""

    goal: str
    actions: tuple[str, ...]
    channel: str
    urgency: str


@dataclass(frozen=True)
class SegmentDefinition:
    """Segment: name, slug, tier (one of `TIERS`) and recommendation."""

    name: str
    slug: str
    tier: str
    recommendation: RecommendedActions


@dataclass(frozen=True)
class SegmentTableRow:
    """A segment and the cases it covers; a row with `cluster` applies to that cluster only, before other rows."""

    location: str
    segment: SegmentDefinition
    monetary: Band
    frequency: Band
    recency: str
    cluster: int | None

    @property
    def words(self) -> str:
        """The cases in words, as multiples of the medians of all customers."""
        return f"monetary {self.monetary.words('x')}, frequency {self.frequency.words('x')}, {self.recency}"


def parse_rows(path: Path) -> dict[str, tuple[SegmentTableRow, ...]]:
    """Return the rows of each scheme in the TOML file at `path`.

    Raises Misconfigured for an invalid row and for a duplicate name in a scheme; the message has file, row and remedy.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"{path}: not readable as UTF-8 TOML, correct or restore the file: {error}") from error
    if unknown := set(table) - set(SCHEMES):
        raise Misconfigured(f"{path}: unknown {', '.join(sorted(unknown))}: a row is [[kmeans]] or [[rules]]")
    return {scheme: _read_scheme(path, scheme, table.get(scheme)) for scheme in SCHEMES}


def _read_scheme(path: Path, scheme: str, raw: object) -> tuple[SegmentTableRow, ...]:
    if not (isinstance(raw, list) and raw and all(isinstance(fields, dict) for fields in raw)):
        raise Misconfigured(f"{path}: no rows of {scheme}: begin each one with [[{scheme}]]")
    optional = frozenset({"cluster"} if scheme == "kmeans" else ())
    locations = [f"{path}, row {n} of [[{scheme}]] ({row.get('name')})" for n, row in enumerate(raw, start=1)]
    rows = [_read_row(RowFields(*pair, optional)) for pair in zip(locations, raw, strict=True)]
    _check_duplicates(rows)
    return tuple(rows)


def _read_row(fields: RowFields) -> SegmentTableRow:
    name = fields.text("name")
    urgency = fields.one_of("urgency", URGENCIES)
    recommendation = RecommendedActions(fields.text("goal"), fields.actions(), fields.text("channel"), urgency)
    return SegmentTableRow(
        location=fields.location,
        segment=SegmentDefinition(name, slug_of(name), fields.one_of("tier", TIERS), recommendation),
        monetary=fields.band("monetary"),
        frequency=fields.band("frequency"),
        recency=fields.one_of("recency", RECENCIES),
        cluster=fields.cluster(),
    )


def _check_duplicates(rows: list[SegmentTableRow]) -> None:
    seen: dict[str, SegmentTableRow] = {}
    for row in rows:
        first = seen.setdefault(row.segment.slug, row)
        if first is not row:
            raise Misconfigured(
                f"{row.location}: another segment has this name, see {first.location}: rename one of them"
            )
