"""Common schemas of responses."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from app.segments.model.customer import CENT
from app.settings import Settings

MAX_ID: Final = 2**53 - 1
"""Largest integer that all JSON parsers read exactly."""
Item = TypeVar("Item")
Value = TypeVar("Value")


def _is_none(value: object) -> bool:
    return value is None


def _no_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


OmittedIfNone = Annotated[Value | SkipJsonSchema[None], Field(exclude_if=_is_none, json_schema_extra=_no_default)]
"""Field that is omitted when it has no value; never null."""
IfRequested = Annotated[OmittedIfNone[Value], Field(description="Only with `include`.")]
RFMScore = Annotated[int, Field(ge=1, le=5, description="5 is the best.")]


def cents(amount: Decimal) -> Decimal:
    """Round an amount to two digits, halves up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def exact(amount: Decimal) -> Decimal:
    """Keep all digits of an amount, at least two: the median of two amounts may end in half a cent."""
    return cents(amount) if cents(amount) == amount else amount.normalize()


Money = Annotated[
    Decimal,
    AfterValidator(cents),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "examples": ["815.79"]}),
]
MedianMoney = Annotated[
    Decimal,
    AfterValidator(exact),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2,4}$", "examples": ["561.265"]}),
]
Share = Annotated[float, Field(ge=0, le=1, description="Share of the total, 0 to 1.")]
Moment = Annotated[AwareDatetime, Field(description="UTC.")]
SegmentName = Annotated[str, Field(description="Display name of the segment.")]
SegmentSlug = Annotated[str, Field(description="Key of the segment, in paths and filters.")]
Tier = Annotated[
    str,
    Field(description="Premium, High-Value, Active Engagement, Risk Management or Growth & New."),
]
Cluster = Annotated[
    int,
    Field(
        description="Statistical cluster: -1 unusual spending, -2 unusual frequency, -3 both. The other numbers have "
        "no meaning; a cluster keeps its number from model to model."
    ),
]
Currency = Annotated[
    str | None, Field(description="ISO 4217 code of all amounts in the response; null where none is declared.")
]
Recency = Annotated[int, Field(description="Days from the last purchase to as_of.")]
Frequency = Annotated[int, Field(description="Distinct invoices.")]


def example(value: Mapping[str, Any]) -> ConfigDict:
    """Return the model configuration with an example for the documentation."""
    return ConfigDict(json_schema_extra={"examples": [dict(value)]})


def list_example(*items: Mapping[str, Any], extra: Mapping[str, Any], next_cursor: str | None = None) -> dict[str, Any]:
    """Build the example of a list."""
    return {"data": list(items), "next_cursor": next_cursor, "has_more": next_cursor is not None, **extra}


class Page(BaseModel, Generic[Item]):
    """A page of a list."""

    data: list[Item]
    next_cursor: Annotated[str | None, Field(description="Send it as `cursor` for the next page; null on the last.")]
    has_more: Annotated[bool, Field(description="Whether there is a next page.")]
    total: IfRequested[int] = None


class Recommendation(BaseModel):
    """Recommendation for the customers of a segment."""

    goal: str
    actions: Annotated[list[str], Field(min_length=2, max_length=4)]
    channel: str
    urgency: Literal["immediate", "this week", "this month", "ongoing"]


class Statistics(BaseModel):
    """Mean and median of the three features; null if a group has no customers."""

    mean_recency: Annotated[float | None, Field(description="Days.")]
    median_recency: Annotated[float | None, Field(description="Days.")]
    mean_frequency: Annotated[float | None, Field(description="Invoices.")]
    median_frequency: Annotated[float | None, Field(description="Invoices.")]
    mean_monetary: Annotated[Money | None, Field(description="Currency units.")]
    median_monetary: Annotated[MedianMoney | None, Field(description="Currency units.")]
    currency: Currency


def single_page(rows: Iterable[Any], settings: Settings) -> dict[str, Any]:
    """Return the fields of a list of one page, with the currency in each row."""
    data = [{**row._mapping, "currency": settings.currency} for row in rows]  # noqa: SLF001  # _mapping is public API of SQLAlchemy
    return {"data": data, "next_cursor": None, "has_more": False}
