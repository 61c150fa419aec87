"""Filters of customers in lists and exports."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema
from sqlalchemy import ColumnElement, FromClause, select

from app.db.param_types import AMOUNT, Day, Text, amount, number
from app.segments.model.segment_table.fields import slug_of
from app.segments.model.segment_table.rows import SchemeName, TierName
from app.segments.tables import segment_summary

Whole = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(number)]
Amount = Annotated[
    Decimal,
    BeforeValidator(amount),
    WithJsonSchema({"type": "string", "pattern": AMOUNT.pattern, "examples": ["140.00"]}),
]
Cluster = Annotated[int, Field(ge=-3, le=2**15 - 1), BeforeValidator(number)]
RANGES = ("recency", "frequency", "monetary")


class CustomerFilters(BaseModel):
    """Filters that a customer has to pass, all of them."""

    scheme: Annotated[
        SchemeName, Field(description="Segmentation of segment, tier, changed_since and of the answer.")
    ] = "kmeans"
    segment: Annotated[Text | None, Field(description="Segment, by slug or name.")] = None
    tier: Annotated[TierName | None, Field(description="Tier of the segment.")] = None
    cluster: Annotated[Cluster | None, Field(description="Cluster of the run.")] = None
    country: Annotated[Text | None, Field(description="Country of the latest sale.")] = None
    recency_min: Annotated[Whole | None, Field(description="Days since the last purchase, at least.")] = None
    recency_max: Annotated[Whole | None, Field(description="Days since the last purchase, at most.")] = None
    frequency_min: Annotated[Whole | None, Field(description="Invoices, at least.")] = None
    frequency_max: Annotated[Whole | None, Field(description="Invoices, at most.")] = None
    monetary_min: Annotated[Amount | None, Field(description="Currency units, at least.")] = None
    monetary_max: Annotated[Amount | None, Field(description="Currency units, at most.")] = None
    changed_since: Annotated[
        Day | None, Field(description="First day from which on the customer may have entered the segment.")
    ] = None

    @property
    def slug(self) -> str | None:
        """Slug of the segment, which may be given by name."""
        return None if self.segment is None else slug_of(self.segment)

    def conditions(self, states: FromClause, run: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions on the states of a run's customers."""
        c, s = states.c, segment_summary.c
        yield c.run_id == run
        if self.tier is not None:
            of_tier = select(s.slug).where(s.run_id == run, s.scheme == self.scheme, s.tier == self.tier)
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
