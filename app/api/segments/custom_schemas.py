"""Schemas of custom segments: definitions, versions, columns of conditions."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.schemas import (
    Currency,
    Moment,
    Money,
    Page,
    Recommendation,
    SegmentSlug,
    Share,
    example,
    list_example,
)
from app.db.param_types import Whole, sendable, storable
from app.segments.custom.definitions import MAX_NAME
from app.segments.model.segment_table.rows import TierName

GIVEN_EXAMPLE: Final[dict[str, Any]] = {
    "name": "Big spenders at rest",
    "condition": "monetary > 1000 and recency between 60 and 180",
    "tier": "Risk Management",
    "recommendation": {"goal": "Win them back before they forget the shop", "urgency": "this week"},
}
ACTIONS_EXAMPLE: Final = [
    "Send them a message made for this group",
    "Compare their orders in the next month with those before",
]
VERSION_EXAMPLE: Final[dict[str, Any]] = {
    "version": 1,
    "name": GIVEN_EXAMPLE["name"],
    "tier": GIVEN_EXAMPLE["tier"],
    "recommendation": {
        "goal": GIVEN_EXAMPLE["recommendation"]["goal"],
        "actions": ACTIONS_EXAMPLE,
        "channel": "Email",
        "urgency": "this week",
    },
    "condition": GIVEN_EXAMPLE["condition"],
    "created_at": "2026-05-01T09:30:00.120000Z",
    "created_by": "marketing",
    "evaluated_at": "2026-05-01T09:30:02.480000Z",
    "problem": None,
}
ROW_EXAMPLE: Final[dict[str, Any]] = {
    "slug": "big-spenders-at-rest",
    **VERSION_EXAMPLE,
    "customers": 96,
    "share": 0.04278,
    "revenue": "187410.55",
    "revenue_share": 0.079204,
    "clv": "31204.18",
    "currency": "GBP",
}
COLUMN_EXAMPLE: Final = {
    "name": "recency",
    "type": "integer",
    "description": "days since the last purchase",
    "is_attribute": False,
    "values": None,
}
SegmentCondition = Annotated[
    str,
    Field(
        description="Condition over the columns of `GET /v1/custom-segment-columns`: comparisons, and, or, not, "
        "between, in, like, functions, as in conditions of a data contract.",
        min_length=1,
        max_length=4_000,
    ),
    AfterValidator(storable),
]
GivenName = Annotated[
    str,
    Field(
        description="Name for people, with a letter or digit from A to Z.",
        min_length=1,
        max_length=MAX_NAME,
    ),
    AfterValidator(sendable),
]
GivenTier = Annotated[TierName | None, Field(description="Tier; absent: as before, at first Active Engagement.")]
Words = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(storable)]


class GivenRecommendation(BaseModel):
    """Fields of a recommendation; absent ones are as before, at first general ones."""

    model_config = ConfigDict(extra="forbid")

    goal: Words | None = None
    actions: Annotated[list[Words] | None, Field(min_length=2, max_length=4)] = None
    channel: Words | None = None
    urgency: Literal["immediate", "this week", "this month", "ongoing"] | None = None

    def given(self) -> dict[str, Any]:
        """Return the fields that are given."""
        return self.model_dump(exclude_none=True)


class CustomSegmentRequest(BaseModel):
    """A custom segment to create."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [GIVEN_EXAMPLE]})

    name: GivenName
    condition: SegmentCondition
    tier: GivenTier = None
    recommendation: GivenRecommendation = Field(default_factory=GivenRecommendation)


class CustomSegmentVersionRequest(BaseModel):
    """A new version of a custom segment."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"condition": GIVEN_EXAMPLE["condition"], "expected_version": 1}]},
    )

    condition: SegmentCondition
    name: GivenName | None = None
    tier: GivenTier = None
    recommendation: GivenRecommendation = Field(default_factory=GivenRecommendation)
    expected_version: Annotated[
        Annotated[int, Field(strict=True, ge=1, lt=2**31), Whole] | None,
        Field(description="Newest version as you have read it; 409 if somebody has saved another one since."),
    ] = None


class CustomSegmentVersion(BaseModel):
    """A version of a custom segment."""

    version: Annotated[int, Field(description="1 for the first one.")]
    name: str
    tier: Annotated[str, Field(description="Premium, High-Value, Active Engagement, Risk Management or Growth & New.")]
    recommendation: Recommendation
    condition: Annotated[str | None, Field(description="Who is in it; null in the version that removed the segment.")]
    created_at: Moment
    created_by: Annotated[str, Field(description="Name of the API key, `bootstrap`, `open` or `command line`.")]
    evaluated_at: Annotated[
        Moment | None,
        Field(
            description="When its customers were first found; null while the segment has those of the version before."
        ),
    ]
    problem: Annotated[
        str | None, Field(description="Why the condition is no longer valid; the segment keeps its customers.")
    ]


class CustomSegmentRow(CustomSegmentVersion):
    """The newest version of a custom segment, with its customers in the current run, null before the evaluation."""

    slug: SegmentSlug
    customers: int | None
    share: Annotated[Share | None, Field(description="Share of all customers, 0 to 1.")]
    revenue: Annotated[Money | None, Field(description="Sum of the sales of its customers.")]
    revenue_share: Annotated[Share | None, Field(description="Share of the revenue of all customers, 0 to 1.")]
    clv: Annotated[Money | None, Field(description="Expected spend of its customers; null without a forecast.")]
    currency: Currency


def _ordered(extra: dict[str, Any], *models: type[BaseModel]) -> dict[str, Any]:
    """Return an example with its fields in the order of the models."""
    return {name: extra[name] for model in models for name in model.model_fields}


class CustomSegmentList(NullableFreshness, Page[CustomSegmentRow]):
    """The custom segments."""

    model_config = example(list_example(_ordered(ROW_EXAMPLE, CustomSegmentRow), extra=FRESHNESS_EXAMPLE))


class CustomSegmentDetails(NullableFreshness, CustomSegmentRow):
    """A custom segment with all its versions."""

    model_config = example(
        {**_ordered(ROW_EXAMPLE, CustomSegmentRow), **FRESHNESS_EXAMPLE, "versions": [VERSION_EXAMPLE]}
    )

    versions: Annotated[list[CustomSegmentVersion], Field(description="The newest first.")]


class SavedCustomSegment(CustomSegmentVersion):
    """The saved version, and the run that finds its customers."""

    model_config = example(
        {
            **VERSION_EXAMPLE,
            "evaluated_at": None,
            "slug": ROW_EXAMPLE["slug"],
            "evaluation_run_id": "57a8cb78-d20e-413a-ad4c-4a8edd5b367f",
        }
    )

    slug: SegmentSlug
    evaluation_run_id: Annotated[
        UUID, Field(description="Queued run of the job evaluate_segments: GET /v1/runs/{run_id}.")
    ]


class ConditionColumnRow(BaseModel):
    """A column that conditions of custom segments may use."""

    name: str
    type: Literal["string", "integer", "number", "date", "boolean"]
    description: str
    is_attribute: Annotated[bool, Field(description="Whether it is of a column that the data contract declares.")]
    values: Annotated[
        list[str] | None,
        Field(description="All values of the column, of which others are refused in `=` and `in`; null if not known."),
    ]


class ConditionColumnList(NullableFreshness, Page[ConditionColumnRow]):
    """The columns that conditions of custom segments may use."""

    model_config = example(list_example(COLUMN_EXAMPLE, extra=FRESHNESS_EXAMPLE))
