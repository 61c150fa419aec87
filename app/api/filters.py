"""Which customers are meant: the filters of lists and exports."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, select

from app.api.deps import Reader, SchemeName, Text
from app.api.freshness import the_run
from app.api.problems import UNKNOWN_SEGMENT, Problem, shown
from app.api.states import States
from app.segments.row_fields import slug_of
from app.segments.tables import segment_summary

TierName = Literal["Premium", "High-Value", "Active Engagement", "Risk Management", "Growth & New"]
Whole = Annotated[int, Field(ge=0, le=2**31 - 1)]
Amount = Annotated[Decimal, Field(max_digits=24, decimal_places=2)]
RANGES = ("recency", "frequency", "monetary")


class CustomerFilters(BaseModel):
    """Customers that pass every filter that is given."""

    scheme: Annotated[
        SchemeName, Field(description="Which segmentation segment, tier, changed_since and the answer mean.")
    ] = "kmeans"
    segment: Annotated[Text | None, Field(description="In this segment, by slug or name.")] = None
    tier: Annotated[TierName | None, Field(description="In a segment of this tier.")] = None
    cluster: Annotated[int | None, Field(description="In this cluster of the run.", ge=-3, le=2**15 - 1)] = None
    country: Annotated[Text | None, Field(description="Whose latest sale was to this country.")] = None
    recency_min: Annotated[Whole | None, Field(description="Days since the last purchase, at least.")] = None
    recency_max: Annotated[Whole | None, Field(description="Days since the last purchase, at most.")] = None
    frequency_min: Annotated[Whole | None, Field(description="Invoices, at least.")] = None
    frequency_max: Annotated[Whole | None, Field(description="Invoices, at most.")] = None
    monetary_min: Annotated[Amount | None, Field(description="Currency units, at least.")] = None
    monetary_max: Annotated[Amount | None, Field(description="Currency units, at most.")] = None
    changed_since: Annotated[
        date | None, Field(description="Whose stay in the segment began on this day or later.")
    ] = None

    @property
    def slug(self) -> str | None:
        """The segment's form in paths, whichever was given."""
        return None if self.segment is None else slug_of(self.segment)

    def conditions(self, states: States) -> Iterator[ColumnElement[bool]]:
        """What a statement that reads these states asks of their rows."""
        c, s = states.rows.c, segment_summary.c
        yield c.run_id == states.run
        if self.tier is not None:
            of_tier = select(s.slug).where(s.run_id == states.run, s.scheme == self.scheme, s.tier == self.tier)
            yield c[self.scheme].in_(of_tier)
        equal = {self.scheme: self.slug, "cluster": self.cluster, "country": self.country}
        yield from (c[name] == value for name, value in equal.items() if value is not None)
        yield from self._ranges(c)

    def _ranges(self, c: Any) -> Iterator[ColumnElement[bool]]:
        for name in RANGES:
            least, most = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if least is not None:
                yield c[name] >= least
            if most is not None:
                yield c[name] <= most
        if self.changed_since is not None:
            yield c[f"{self.scheme}_since"] >= self.changed_since


async def unknown_segment(reader: Reader, given: str, scheme: SchemeName) -> Problem:
    """What is said of a segment that the scheme does not have, with the nearest names."""
    s = segment_summary.c
    rows = await reader.rows(select(s.slug).where(s.run_id == the_run, s.scheme == scheme))
    return no_segment(given, scheme, [row.slug for row in rows])


def no_segment(given: str, scheme: SchemeName, slugs: Iterable[str]) -> Problem:
    """The same, where the slugs that there are are known."""
    near = get_close_matches(slug_of(given), list(slugs), cutoff=0.5)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return Problem(UNKNOWN_SEGMENT, f"The scheme {scheme} has no segment {shown(given)}{hint}")
