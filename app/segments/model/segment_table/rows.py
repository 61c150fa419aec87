"""Parse and validate the rows of the segment table file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, Protocol, get_args

from app.errors import Misconfigured
from app.segments.model.schemes import SCHEMES
from app.segments.model.segment_table.fields import Band, RowFields, slug_of
from app.segments.model.segment_table.table_file import read_table_file

TierName = Literal["Premium", "High-Value", "Active Engagement", "Risk Management", "Growth & New"]
TIERS: Final[tuple[TierName, ...]] = get_args(TierName)
URGENCIES: Final = ("immediate", "this week", "this month", "ongoing")
RECENCIES: Final = ("recent", "dormant")
BY_MEDIANS: Final = ("kmeans", "rules")
"""Schemes whose rows are cases of multiples of medians."""
REPLACEMENTS: Final = "kmeans_instead"
"""Rows that replace rows of kmeans whose name would be untrue for most members; the policy `latest` ignores them."""
REPLACEMENT_FIELDS: Final = frozenset({"instead_of", "first_sale_above_days"})
CASE_FIELDS: Final = ("monetary", "frequency", "recency")


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


class NamedRow(Protocol):
    """A row of any scheme."""

    @property
    def location(self) -> str:
        """File and row."""
        ...

    @property
    def segment(self) -> SegmentDefinition:
        """Segment of the row."""
        ...


@dataclass(frozen=True)
class SegmentTableRow:
    """A segment and the cases it covers.

    A row with `cluster` applies to that cluster only, before other rows. A row with `first_sale_above_days` replaces
    another one if the median number of days since the first sale of the cluster's members is above it.
    """

    location: str
    segment: SegmentDefinition
    monetary: Band
    frequency: Band
    recency: str
    cluster: int | None
    first_sale_above_days: int | None = None
    instead_of: str | None = None

    @property
    def words(self) -> str:
        """The cases in words, as multiples of the medians of all customers."""
        first = f", first sale over {self.first_sale_above_days} days ago" if self.first_sale_above_days else ""
        return f"monetary {self.monetary.words('x')}, frequency {self.frequency.words('x')}, {self.recency}{first}"


def parse_rows(path: Path) -> dict[str, tuple[SegmentTableRow, ...]]:
    """Return the rows of each scheme in the TOML file at `path`, and those of `kmeans_instead`.

    Raises Misconfigured for an invalid row and for a duplicate name in a scheme; the message has file, row and remedy.
    """
    table = read_table_file(path)
    if unknown := set(table) - {*SCHEMES, REPLACEMENTS}:
        known = "[[kmeans]], [[rules]], [[rfm.groups]] or [[value.bands]]"
        raise Misconfigured(f"{path}: unknown {', '.join(sorted(unknown))}: a row is {known}")
    rows = {scheme: _read_scheme(path, scheme, table.get(scheme)) for scheme in BY_MEDIANS}
    replacements = _read_replacements(path, table.get(REPLACEMENTS, []), table["kmeans"])
    check_duplicates([*rows["kmeans"], *replacements])
    return {**rows, REPLACEMENTS: replacements}


def _read_scheme(path: Path, scheme: str, raw: object) -> tuple[SegmentTableRow, ...]:
    if not (isinstance(raw, list) and raw and all(isinstance(fields, dict) for fields in raw)):
        raise Misconfigured(f"{path}: no rows of {scheme}: begin each one with [[{scheme}]]")
    optional = frozenset({"cluster"} if scheme == "kmeans" else ())
    locations = [_location(path, scheme, n, row) for n, row in enumerate(raw, start=1)]
    rows = [_read_row(RowFields(*pair, optional)) for pair in zip(locations, raw, strict=True)]
    check_duplicates(rows)
    return tuple(rows)


def _read_replacements(path: Path, raw: object, replaced: list[dict[str, Any]]) -> tuple[SegmentTableRow, ...]:
    """Return the rows of `kmeans_instead`, each with the cases of the row that it replaces."""
    if not (isinstance(raw, list) and all(isinstance(fields, dict) for fields in raw)):
        raise Misconfigured(f"{path}: {REPLACEMENTS} is no list of rows: begin each one with [[{REPLACEMENTS}]]")
    by_name = {row["name"]: row for row in replaced}
    rows: dict[str, SegmentTableRow] = {}
    for n, given in enumerate(raw, start=1):
        location = _location(path, REPLACEMENTS, n, given)
        other = by_name.get(given.get("instead_of"))
        if other is None or slug_of(other["name"]) in rows:
            raise Misconfigured(f"{location}: instead_of is no name of another row: give the name of a row of kmeans")
        cases = {name: other[name] for name in CASE_FIELDS}
        fields = RowFields(location, {**given, **cases}, REPLACEMENT_FIELDS)
        slug = slug_of(other["name"])
        rows[slug] = replace(_read_row(fields), first_sale_above_days=fields.days(), instead_of=slug)
    return tuple(rows.values())


def _location(path: Path, array: str, n: int, row: dict[str, Any]) -> str:
    return f"{path}, row {n} of [[{array}]] ({row.get('name')})"


def read_segment(fields: RowFields) -> SegmentDefinition:
    """Return the segment of a row."""
    name = fields.text("name")
    urgency = fields.one_of("urgency", URGENCIES)
    recommendation = RecommendedActions(fields.text("goal"), fields.actions(), fields.text("channel"), urgency)
    return SegmentDefinition(name, slug_of(name), fields.one_of("tier", TIERS), recommendation)


def _read_row(fields: RowFields) -> SegmentTableRow:
    return SegmentTableRow(
        location=fields.location,
        segment=read_segment(fields),
        monetary=fields.band("monetary"),
        frequency=fields.band("frequency"),
        recency=fields.one_of("recency", RECENCIES),
        cluster=fields.cluster(),
    )


def check_duplicates(rows: Sequence[NamedRow]) -> None:
    """Raise Misconfigured for two rows with the same slug."""
    seen: dict[str, NamedRow] = {}
    for row in rows:
        first = seen.setdefault(row.segment.slug, row)
        if first is not row:
            raise Misconfigured(
                f"{row.location}: another segment has this name, see {first.location}: rename one of them"
            )
