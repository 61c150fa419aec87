"""What is asked of transitions, and what they are answered with."""

from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.core.dependencies import SchemeName, Text
from app.api.core.freshness import EXAMPLE, Fresh
from app.api.core.pagination import Page
from app.api.core.schemas import Currency, Frequency, Listing, Money, Recency, example, list_example
from app.db.param_types import Day

BEFORE_EXAMPLE: Final = {"run_id": "3c5a8a1e-0a53-4b0f-9a0c-6b9a54a0a3a1", "as_of": "2026-04-30", "day": None}
AFTER_EXAMPLE: Final = {"run_id": EXAMPLE["run_id"], "as_of": "2026-05-01", "day": None}
CELL_EXAMPLE: Final = {
    "from_segment": "New Customers",
    "from_slug": "new-customers",
    "to_segment": "Super VIP Champions",
    "to_slug": "super-vip-champions",
    "customers": 14,
    "causes": {"customer": 11, "model": 3, "both": 0},
}
MOVE_EXAMPLE: Final = {
    "customer_id": "12354",
    **{name: CELL_EXAMPLE[name] for name in ("from_segment", "from_slug", "to_segment", "to_slug")},
    "cause": "customer",
    "recency_before": 61,
    "frequency_before": 3,
    "monetary_before": "412.10",
    "recency": 22,
    "frequency": 6,
    "monetary": "1157.92",
    "currency": "GBP",
}
Cause = Annotated[
    Literal["customer", "model", "both"],
    Field(
        description="What does the model of before say of the customer as he is after? The new segment: customer. The "
        "old one: model, the boundary moved. A third: both."
    ),
]


class Period(BaseModel):
    """Between which two states, and in which scheme."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[
        Day | None,
        Field(alias="from", description="As published at the end of this day; the publication before `to`."),
    ] = None
    to: Annotated[Day | None, Field(description="As published at the end of this day; the newest.")] = None
    from_run: Annotated[UUID | None, Field(description="As this run stands; goes before `from`.")] = None
    to_run: Annotated[UUID | None, Field(description="As this run stands; goes before `to`.")] = None
    scheme: Annotated[SchemeName, Field(description="Which segmentation.")] = "kmeans"


class MovesQuery(Period, Page):
    """Whose moves, and which page of them."""

    from_segment: Annotated[Text | None, Field(description="Out of this segment, by slug or name.")] = None
    to_segment: Annotated[Text | None, Field(description="Into this segment, by slug or name.")] = None


class TransitionState(BaseModel):
    """One side of the comparison."""

    run_id: UUID
    as_of: date
    day: Annotated[date | None, Field(description="End of which day; null for the newest state of the run.")]


class TransitionCauses(BaseModel):
    """Number of customers that moved, by cause."""

    customer: Annotated[int, Field(description="Their numbers changed.")]
    model: Annotated[int, Field(description="The boundary moved.")]
    both: Annotated[int, Field(description="Both were needed.")]


class Transition(BaseModel):
    """How many were in one segment before and in another, or the same, after."""

    from_segment: Annotated[str | None, Field(description="Null: they came.")]
    from_slug: str | None
    to_segment: Annotated[str | None, Field(description="Null: they went.")]
    to_slug: str | None
    customers: int
    causes: Annotated[TransitionCauses, Field(description="Of those who moved from one segment to another.")]


class Matrix(BaseModel):
    """The states, the sums, and every pair of segments that anybody was in."""

    scheme: SchemeName
    before: TransitionState
    after: TransitionState
    stayed: int
    moved: int
    came: int
    gone: int
    data: list[Transition]


class TransitionMatrix(Fresh, Matrix):
    """Who moved from which segment to which; `stayed + moved + gone` are the customers of before."""

    model_config = example(
        {
            "scheme": "kmeans",
            "before": BEFORE_EXAMPLE,
            "after": AFTER_EXAMPLE,
            "stayed": 0,
            "moved": 14,
            "came": 0,
            "gone": 0,
            "data": [CELL_EXAMPLE],
            **EXAMPLE,
        }
    )


class Move(BaseModel):
    """A customer who is in another segment, what he was like before, and what he is like after."""

    customer_id: str
    from_segment: str
    from_slug: str
    to_segment: str
    to_slug: str
    cause: Cause
    recency_before: Recency
    frequency_before: Frequency
    monetary_before: Money
    recency: Recency
    frequency: Frequency
    monetary: Money
    currency: Currency


class MoveList(Fresh, Listing[Move]):
    """A page of moves, by customer."""

    model_config = example(list_example(MOVE_EXAMPLE, beside=EXAMPLE))
