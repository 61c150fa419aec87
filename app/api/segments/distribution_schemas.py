"""Schemas of distributions of the three features."""

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from app.api.core.schemas import Currency, MedianMoney, Money
from app.segments.model.distribution import BinScale

BINS: Final = (
    "Customers in each bin: one number less than edges. A bin includes its lower edge and excludes its upper one."
)


class Histogram(BaseModel):
    """Customers by value, in bins between the whiskers."""

    scale: Annotated[BinScale, Field(description="linear: bins of one width; log: each bin is wider by one factor.")]
    edges: Annotated[list[float], Field(description="Edges of the bins, ascending: days, or invoices.")]
    counts: Annotated[list[int], Field(description=BINS)]
    below: Annotated[int, Field(description="Customers below the first edge.")]
    above: Annotated[int, Field(description="Customers from the last edge up.")]


class MoneyHistogram(BaseModel):
    """Customers by monetary value, in bins between the whiskers."""

    scale: Annotated[BinScale, Field(description="linear: bins of one width; log: each bin is wider by one factor.")]
    edges: Annotated[list[Money], Field(description="Edges of the bins, ascending: currency units.")]
    counts: Annotated[list[int], Field(description=BINS)]
    below: Annotated[int, Field(description="Customers below the first edge.")]
    above: Annotated[int, Field(description="Customers from the last edge up.")]


class FeatureDistribution(BaseModel):
    """Quartiles, whiskers and histogram of a feature, in days or invoices."""

    minimum: float
    q1: Annotated[float, Field(description="First quartile, interpolated.")]
    median: float
    q3: Annotated[float, Field(description="Third quartile, interpolated.")]
    maximum: float
    whisker_low: Annotated[float, Field(description="Lowest value from q1 - 1.5 (q3 - q1) up.")]
    whisker_high: Annotated[float, Field(description="Highest value up to q3 + 1.5 (q3 - q1).")]
    histogram: Histogram


class MoneyDistribution(BaseModel):
    """Quartiles, whiskers and histogram of the monetary value, in currency units."""

    minimum: Money
    q1: Annotated[MedianMoney, Field(description="First quartile, interpolated.")]
    median: MedianMoney
    q3: Annotated[MedianMoney, Field(description="Third quartile, interpolated.")]
    maximum: Money
    whisker_low: Annotated[Money, Field(description="Lowest value from q1 - 1.5 (q3 - q1) up.")]
    whisker_high: Annotated[Money, Field(description="Highest value up to q3 + 1.5 (q3 - q1).")]
    histogram: MoneyHistogram


class Distributions(BaseModel):
    """Distributions of the three features; null without customers."""

    recency: Annotated[FeatureDistribution | None, Field(description="Days.")]
    frequency: Annotated[FeatureDistribution | None, Field(description="Invoices.")]
    monetary: Annotated[MoneyDistribution | None, Field(description="Currency units.")]
    currency: Currency


def distribution_of(row: Any) -> dict[str, Any]:
    """Return the fields of a distribution from a row of segments.distribution."""
    histogram = {name: getattr(row, name) for name in ("scale", "edges", "counts", "below", "above")}
    numbers: dict[str, Decimal] = {
        name: getattr(row, name) for name in FeatureDistribution.model_fields if name != "histogram"
    }
    return {**numbers, "histogram": histogram}
