"""Schemas of distributions of the three features."""

from decimal import Decimal
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import BaseModel, Field

from app.api.core.schemas import Currency, MedianMoney, Money
from app.segments.model.distribution import BinScale

FeatureValue = TypeVar("FeatureValue")
Quartile = TypeVar("Quartile")
Bins = TypeVar("Bins")
BINS: Final = (
    "Customers in each bin: one number less than edges. A bin includes its lower edge and excludes its upper one."
)


class HistogramFields(BaseModel, Generic[FeatureValue]):
    """Customers by value, in bins between the whiskers."""

    scale: Annotated[BinScale, Field(description="linear: bins of one width; log: each bin is wider by one factor.")]
    edges: Annotated[
        list[FeatureValue], Field(description="Edges of the bins, ascending: days, invoices or currency units.")
    ]
    counts: Annotated[list[int], Field(description=BINS)]
    below: Annotated[int, Field(description="Customers below the first edge.")]
    above: Annotated[int, Field(description="Customers from the last edge up.")]


class Histogram(HistogramFields[float]):
    """Customers by days or invoices, in bins between the whiskers."""


class MoneyHistogram(HistogramFields[Money]):
    """Customers by monetary value, in bins between the whiskers."""


class DistributionFields(BaseModel, Generic[FeatureValue, Quartile, Bins]):
    """Quartiles, whiskers and histogram of a feature."""

    minimum: FeatureValue
    q1: Annotated[Quartile, Field(description="First quartile, interpolated.")]
    median: Quartile
    q3: Annotated[Quartile, Field(description="Third quartile, interpolated.")]
    maximum: FeatureValue
    whisker_low: Annotated[FeatureValue, Field(description="Lowest value from q1 - 1.5 (q3 - q1) up.")]
    whisker_high: Annotated[FeatureValue, Field(description="Highest value up to q3 + 1.5 (q3 - q1).")]
    histogram: Bins


class FeatureDistribution(DistributionFields[float, float, Histogram]):
    """Quartiles, whiskers and histogram of a feature, in days or invoices."""


class MoneyDistribution(DistributionFields[Money, MedianMoney, MoneyHistogram]):
    """Quartiles, whiskers and histogram of the monetary value, in currency units."""


class Distributions(BaseModel):
    """Distributions of the three features; null without customers."""

    recency: Annotated[FeatureDistribution | None, Field(description="Days.")]
    frequency: Annotated[FeatureDistribution | None, Field(description="Invoices.")]
    monetary: Annotated[MoneyDistribution | None, Field(description="Currency units.")]
    currency: Currency


def distribution_of(row: Any) -> dict[str, Any]:
    """Return the fields of a distribution from a row of segments.distribution."""
    histogram = {name: getattr(row, name) for name in HistogramFields.model_fields}
    numbers: dict[str, Decimal] = {
        name: getattr(row, name) for name in FeatureDistribution.model_fields if name != "histogram"
    }
    return {**numbers, "histogram": histogram}
