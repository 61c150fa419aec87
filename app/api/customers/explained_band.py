"""Value band of an explanation: the expected spend and the edges around it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, Field

from app.api.core.schemas import Money
from app.segments.model.customer import CENT
from app.segments.model.explain import ExpectedSpend
from app.segments.model.value_bands import BANDS


class ExplainedBand(BaseModel):
    """Expected spend, and the band between whose edges it is."""

    band: Annotated[int, Field(ge=1, le=BANDS, description=f"{BANDS} is the highest.")]
    clv: Annotated[Money, Field(description="Expected spend in the next `days` days.")]
    days: int
    at_least: Annotated[Money | None, Field(description="Lower edge; null for the lowest band.")]
    less_than: Annotated[Money | None, Field(description="Upper edge; null for the highest band.")]
    edges_as_of: Annotated[date, Field(description="Day on which the edges were measured.")]

    @classmethod
    def of(cls, expected: ExpectedSpend) -> Self:
        """Return the fields of an expected spend."""
        low, high = (None if each is None else _cents(each) for each in expected.range)
        return cls(
            band=expected.band,
            clv=_cents(expected.spend),
            days=expected.days,
            at_least=low,
            less_than=high,
            edges_as_of=expected.as_of,
        )


def _cents(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(CENT)
