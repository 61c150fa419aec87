"""Schemas of transitions."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.api.core.dependencies import SchemeName
from app.api.core.freshness import FRESHNESS_EXAMPLE, Freshness
from app.api.core.pagination import PageParamsWithTotal
from app.api.core.schemas import Currency, Frequency, Money, Page, Recency, example, list_example
from app.api.customers.profile import RFM_EXAMPLE
from app.db.param_types import Day
from app.segments.filters import SegmentNames
from app.segments.model.schemes import CUSTOM, SCHEMES

BEFORE_EXAMPLE: Final = {
    "run_id": "3c5a8a1e-0a53-4b0f-9a0c-6b9a54a0a3a1",
    "as_of": "2026-04-30",
    "day": "2026-04-30",
    "last_day": "2026-04-30",
}
AFTER_EXAMPLE: Final = {
    "run_id": FRESHNESS_EXAMPLE["run_id"],
    "as_of": "2026-05-01",
    "day": None,
    "last_day": "2026-05-01",
}
CELL_EXAMPLE: Final = {
    "from_segment": "High Value Active",
    "from_slug": "high-value-active",
    "to_segment": "Super VIP Champions",
    "to_slug": "super-vip-champions",
    "customers": 14,
    "causes": {"customer": 11, "model": 3, "both": 0},
}
MOVE_EXAMPLE: Final = {
    "customer_id": "12354",
    **{name: CELL_EXAMPLE[name] for name in ("from_segment", "from_slug", "to_segment", "to_slug")},
    "cause": "customer",
    "recency_before": 12,
    "frequency_before": 6,
    "monetary_before": "1624.10",
    **{name: RFM_EXAMPLE[name] for name in ("recency", "frequency", "monetary", "currency")},
}
FROM_TEXT: Final = (
    "Snapshot at the end of this day; by default the day of the newest training run of an earlier day than that of "
    "`to`, or the previous run if there is none."
)
NOT_CUSTOM: Final = (
    "a customer may be in several custom segments, and does not move from one to another; "
    f"GET /v1/changes?scheme={CUSTOM} lists who joined and who left; for transitions choose {', '.join(SCHEMES)}"
)
MoveCause = Literal["customer", "model", "both"]
MoveCauseField = Annotated[
    MoveCause,
    Field(
        description="Result of the earlier model for the customer's later features. customer: the new segment; model: "
        "the old segment, so the boundary moved; both: a third segment."
    ),
]


def refuse_custom(scheme: Any) -> Any:
    """Return the scheme; raises PydanticCustomError for custom segments, of which a customer may be in several."""
    if scheme == CUSTOM:
        raise PydanticCustomError("one_scheme", NOT_CUSTOM)
    return scheme


class TransitionsQuery(BaseModel):
    """Two snapshots to compare, and the scheme."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[
        Day | None,
        Field(alias="from", description=FROM_TEXT),
    ] = None
    to: Annotated[Day | None, Field(description="Snapshot at the end of this day; by default the newest.")] = None
    from_run: Annotated[
        UUID | None, Field(description="Newest snapshot of this run; takes precedence over `from`.")
    ] = None
    to_run: Annotated[UUID | None, Field(description="Newest snapshot of this run; takes precedence over `to`.")] = None
    scheme: Annotated[SchemeName, BeforeValidator(refuse_custom), Field(description="Segmentation scheme.")] = "kmeans"


class MovesQuery(TransitionsQuery, PageParamsWithTotal):
    """Filters and page of moves; the values of one filter are combined with OR."""

    from_segment: Annotated[
        SegmentNames | None, Field(description="Moves out of one of these segments, by slug or name.")
    ] = None
    to_segment: Annotated[
        SegmentNames | None, Field(description="Moves into one of these segments, by slug or name.")
    ] = None


class TransitionState(BaseModel):
    """One snapshot of the comparison."""

    run_id: UUID
    as_of: Annotated[date, Field(description="Day of the training run.")]
    day: Annotated[date | None, Field(description="Day of the snapshot; null for the newest of the run.")]
    last_day: Annotated[
        date, Field(description="Day at whose end the snapshot was valid: `day`, or that of the run's last assignment.")
    ]


class TransitionCauses(BaseModel):
    """Number of customers that moved, by cause."""

    customer: Annotated[int, Field(description="Their features changed.")]
    model: Annotated[int, Field(description="The boundary moved.")]
    both: Annotated[int, Field(description="Neither alone would have moved them.")]


class Transition(BaseModel):
    """Number of customers by segment before and segment after, which may be the same."""

    from_segment: Annotated[str | None, Field(description="Null: new customers.")]
    from_slug: str | None
    to_segment: Annotated[str | None, Field(description="Null: customers who are no longer segmented.")]
    to_slug: str | None
    customers: int
    causes: Annotated[TransitionCauses, Field(description="Causes of the moves from one segment to another.")]


class Matrix(BaseModel):
    """Snapshots, totals, and the pairs of segments with customers."""

    scheme: SchemeName
    before: TransitionState
    after: TransitionState
    stayed: int
    moved: int
    entered: Annotated[int, Field(description="New customers.")]
    gone: Annotated[int, Field(description="Customers who are no longer segmented.")]
    data: list[Transition]


class TransitionMatrix(Freshness, Matrix):
    """Transition matrix; `stayed + moved + gone` is the number of customers before."""

    model_config = example(
        {
            "scheme": "kmeans",
            "before": BEFORE_EXAMPLE,
            "after": AFTER_EXAMPLE,
            "stayed": 2230,
            "moved": 14,
            "entered": 0,
            "gone": 0,
            "data": [CELL_EXAMPLE],
            **FRESHNESS_EXAMPLE,
        }
    )


class Move(BaseModel):
    """A customer who changed segment, with the features before and after."""

    customer_id: str
    from_segment: str
    from_slug: str
    to_segment: str
    to_slug: str
    cause: MoveCauseField
    recency_before: Recency
    frequency_before: Frequency
    monetary_before: Money
    recency: Recency
    frequency: Frequency
    monetary: Money
    currency: Currency


class MoveList(Freshness, Page[Move]):
    """A page of moves, by customer."""

    model_config = example(list_example(MOVE_EXAMPLE, extra=FRESHNESS_EXAMPLE))
