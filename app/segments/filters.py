"""Filters of customers in lists and exports."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema
from sqlalchemy import ColumnElement, FromClause, or_, select

from app.db.arrays import is_any
from app.db.param_types import AMOUNT, Day, Instant, Text, amount, number
from app.segments.custom.members import joined_after, with_membership
from app.segments.model.features import FEATURES
from app.segments.model.rfm_scores import SCORES
from app.segments.model.schemes import CUSTOM, AnySchemeName
from app.segments.model.segment_table.fields import slug_of
from app.segments.model.segment_table.rows import TierName
from app.segments.score_columns import SCORE_NAMES, score_columns
from app.segments.tables import LATER_SCHEMES, segment_summary

MAX_VALUES: Final = 50
"""Largest number of values of one filter."""
Count = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(number)]
MoneyBound = Annotated[
    Decimal,
    BeforeValidator(amount),
    WithJsonSchema({"type": "string", "pattern": AMOUNT.pattern, "examples": ["140.00"]}),
]
ClusterNumber = Annotated[int, Field(ge=-3, le=2**15 - 1), BeforeValidator(number)]
SegmentNames = Annotated[list[Text], Field(min_length=1, max_length=MAX_VALUES)]
TierNames = Annotated[list[TierName], Field(min_length=1, max_length=MAX_VALUES)]
ClusterNumbers = Annotated[list[ClusterNumber], Field(min_length=1, max_length=MAX_VALUES)]
Countries = Annotated[list[Text], Field(min_length=1, max_length=MAX_VALUES)]
ONE_SEGMENT: Final = (
    "with scheme=custom give exactly one segment, because a customer may be in several custom segments; "
    "GET /v1/segments?scheme=custom lists them"
)
RANGES: Final = ("recency", "frequency", "monetary", "expected_purchases", "clv", "p_buys")
BOUNDS: Final = {
    **{f"{name}_max": f"{name}_min" for name in (*RANGES, *SCORE_NAMES)},
    "next_order_to": "next_order_from",
}
"""Lower bound of each upper bound."""
SCORE_BOUNDS: Final = tuple(f"{name}_{end}" for name in SCORE_NAMES for end in ("min", "max"))
ONLY_RFM: Final = "there are RFM scores with scheme=rfm only: add it"
ScoreLimit = Annotated[int, Field(ge=1, le=SCORES), BeforeValidator(number)]
ScoreSumLimit = Annotated[int, Field(ge=len(FEATURES), le=len(FEATURES) * SCORES), BeforeValidator(number)]
Purchases = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1)]


class CustomerFilters(BaseModel):
    """Filters of customers, combined with AND; the values of one filter are combined with OR."""

    scheme: Annotated[
        AnySchemeName,
        Field(
            description="Segmentation scheme of the response and of the filters segment, tier and changed_since. "
            "custom: the members of one custom segment, which `segment` names."
        ),
    ] = "kmeans"
    segment: Annotated[
        SegmentNames | None,
        Field(
            description="In one of these segments, by slug or name; with scheme=custom exactly one.",
            validate_default=True,
        ),
    ] = None
    tier: Annotated[TierNames | None, Field(description="In a segment of one of these tiers.")] = None
    cluster: Annotated[ClusterNumbers | None, Field(description="In one of these clusters of the run.")] = None
    country: Annotated[Countries | None, Field(description="Country of the latest sale is one of these.")] = None
    recency_min: Annotated[Count | None, Field(description="Minimum number of days since the last purchase.")] = None
    recency_max: Annotated[Count | None, Field(description="Maximum number of days since the last purchase.")] = None
    frequency_min: Annotated[Count | None, Field(description="Minimum number of invoices.")] = None
    frequency_max: Annotated[Count | None, Field(description="Maximum number of invoices.")] = None
    monetary_min: Annotated[MoneyBound | None, Field(description="Minimum sum of sales, in currency units.")] = None
    monetary_max: Annotated[MoneyBound | None, Field(description="Maximum sum of sales, in currency units.")] = None
    expected_purchases_min: Annotated[Purchases | None, Field(description="Minimum expected number of orders.")] = None
    expected_purchases_max: Annotated[Purchases | None, Field(description="Maximum expected number of orders.")] = None
    clv_min: Annotated[MoneyBound | None, Field(description="Minimum expected spend, in currency units.")] = None
    clv_max: Annotated[MoneyBound | None, Field(description="Maximum expected spend, in currency units.")] = None
    p_buys_min: Annotated[Probability | None, Field(description="Minimum probability of an order.")] = None
    p_buys_max: Annotated[Probability | None, Field(description="Maximum probability of an order.")] = None
    next_order_from: Annotated[
        Day | None, Field(description="Next order expected on this day or later.", examples=["2026-05-08"])
    ] = None
    next_order_to: Annotated[
        Day | None, Field(description="Next order expected on this day or earlier.", examples=["2026-05-31"])
    ] = None
    recency_score_min: Annotated[
        ScoreLimit | None, Field(description="Minimum RFM score of recency; with scheme=rfm only.")
    ] = None
    recency_score_max: Annotated[
        ScoreLimit | None, Field(description="Maximum RFM score of recency; with scheme=rfm only.")
    ] = None
    frequency_score_min: Annotated[
        ScoreLimit | None, Field(description="Minimum RFM score of frequency; with scheme=rfm only.")
    ] = None
    frequency_score_max: Annotated[
        ScoreLimit | None, Field(description="Maximum RFM score of frequency; with scheme=rfm only.")
    ] = None
    monetary_score_min: Annotated[
        ScoreLimit | None, Field(description="Minimum RFM score of monetary value; with scheme=rfm only.")
    ] = None
    monetary_score_max: Annotated[
        ScoreLimit | None, Field(description="Maximum RFM score of monetary value; with scheme=rfm only.")
    ] = None
    rfm_score_min: Annotated[
        ScoreSumLimit | None, Field(description="Minimum sum of the three RFM scores; with scheme=rfm only.")
    ] = None
    rfm_score_max: Annotated[
        ScoreSumLimit | None, Field(description="Maximum sum of the three RFM scores; with scheme=rfm only.")
    ] = None
    changed_since: Annotated[
        Day | None, Field(description="Entered the current segment on this day or later.", examples=["2026-04-01"])
    ] = None
    updated_since: Annotated[
        Instant | None,
        Field(
            description="Frequency, monetary value, country or segment changed after this time, or with scheme=custom "
            "joined the segment. Who left is in `GET /v1/changes`. Send "
            "`updated_through` of the first page of the previous listing.",
            examples=["2026-05-01T03:00:00.442304Z"],
        ),
    ] = None

    @property
    def conflict(self) -> str | None:
        """What is wrong about the filters together, and the remedy; None if nothing is."""
        if self.scheme == CUSTOM and len(set(self.slugs)) != 1:
            return ONE_SEGMENT
        if self.scheme != "rfm" and any(getattr(self, name) is not None for name in SCORE_BOUNDS):
            return ONLY_RFM
        for high, low in BOUNDS.items():
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                return f"{low} is more than {high}, so that no customer matches: exchange the two, or remove one"
        return None

    @property
    def slugs(self) -> list[str]:
        """Slugs of the segments that are given by slug or name."""
        return [slug_of(each) for each in self.segment or ()]

    @property
    def needs_forecasts(self) -> bool:
        """Whether a filter is by the forecast, which is stored for the newest state only."""
        names = [f"{name}_{end}" for name in ("expected_purchases", "clv", "p_buys") for end in ("min", "max")]
        names += ["next_order_from", "next_order_to"]
        return any(getattr(self, name) is not None for name in names)

    def states_of(self, states: FromClause, revision: ColumnElement[Any]) -> FromClause:
        """Return the states that the filters are about: all, or those of the members of the custom segment.

        Args:
            states: states of customers in the revision.
            revision: its number.
        """
        return with_membership(states, self.slugs[0], revision) if self.scheme == CUSTOM else states

    def conditions(self, states: FromClause, run: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions on the states of customers, as from `states_of`; run: the run of the states."""
        c, s = states.c, segment_summary.c
        if self.scheme in LATER_SCHEMES:
            yield c[self.scheme].is_not(None)
        if self.tier is not None:
            of_tier = select(s.slug).where(s.run_id == run, s.scheme == self.scheme, _one_of(s.tier, self.tier))
            yield c[self.scheme].in_(of_tier)
        one_of = {self.scheme: self.slugs, "cluster": self.cluster, "country": self.country}
        for name, values in one_of.items():
            if values:
                yield _one_of(c[name], values)
        yield from self._ranges(c, RANGES)
        if any(getattr(self, name) is not None for name in SCORE_BOUNDS):
            yield from self._ranges(score_columns(states, run), SCORE_NAMES)
        yield from self._days(c)

    def _ranges(self, c: Any, names: Iterable[str]) -> Iterator[ColumnElement[bool]]:
        for name in names:
            minimum, maximum = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if minimum is not None:
                yield c[name] >= minimum
            if maximum is not None:
                yield c[name] <= maximum

    def _days(self, c: Any) -> Iterator[ColumnElement[bool]]:
        if self.next_order_from is not None:
            yield c.next_order >= self.next_order_from
        if self.next_order_to is not None:
            yield c.next_order <= self.next_order_to
        if self.changed_since is not None:
            yield c[f"{self.scheme}_since"] >= self.changed_since
        if self.updated_since is not None:
            is_updated = c.updated_at > self.updated_since
            if self.scheme == CUSTOM:
                is_updated = or_(is_updated, joined_after(c.customer_id, self.slugs[0], self.updated_since))
            yield is_updated


def _one_of(column: ColumnElement[Any], values: list[Any]) -> ColumnElement[bool]:
    # An array, because exports compile statements before the values are bound.
    return column == values[0] if len(values) == 1 else is_any(column, values)
