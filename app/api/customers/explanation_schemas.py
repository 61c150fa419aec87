"""The shape of an explanation, in the reference and in answers."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from app.api.core.dependencies import SchemeName
from app.api.core.schemas import Cluster, MedianMoney, Money, Tier
from app.api.customers.served_model import ServedModel
from app.segments.model.counterfactual import MOST_DAYS, MOST_ORDERS, Counterfactual
from app.segments.model.customer import Customer
from app.segments.model.explain import Centroid, Explanation, Fence, Naming
from app.segments.model.features import FEATURES
from app.segments.model.segment_table.fields import Band
from app.segments.model.wording import Wording

DIGITS: Final = 6
MEDIAN_DIGITS: Final = 4
Multiple = Annotated[float | None, Field(description="Of the median; null where that is 0.")]


class Compared(BaseModel):
    """A number beside the median of all customers of the training."""

    value: float
    median: float
    multiple: Multiple


class ComparedMoney(BaseModel):
    """An amount beside the median of all customers of the training."""

    value: MedianMoney
    median: MedianMoney
    multiple: Multiple


class Features(BaseModel):
    """The three features beside the medians of all customers."""

    recency: Annotated[Compared, Field(description="Days; below the median is recent.")]
    frequency: Annotated[Compared, Field(description="Invoices.")]
    monetary: Annotated[ComparedMoney, Field(description="Currency units.")]


class FenceSeen(BaseModel):
    """A pair of fences: who is outside of one is an outlier."""

    feature: Literal["monetary", "frequency"]
    low: Annotated[float, Field(description="Q1 - 1.5 x IQR of all customers.")]
    high: Annotated[float, Field(description="Q3 + 1.5 x IQR of all customers.")]
    outside: Annotated[Literal["below", "above"] | None, Field(description="The fence that is crossed, if one is.")]
    by: Annotated[float, Field(description="How far beyond that fence; inside, how far from the nearer one.")]
    text: str


class CentroidSeen(BaseModel):
    """The centre of a cluster."""

    cluster: Cluster
    segment: str
    slug: str
    distance: Annotated[float, Field(description="Euclidean, features scaled to variance 1.")]


class Bounds(BaseModel):
    """Multiples of a median: more than `above`, up to and including `up_to`; null is no bound."""

    above: float | None
    up_to: float | None


class TableRow(BaseModel):
    """The row of the table of segments."""

    monetary: Bounds
    frequency: Bounds
    recency: Literal["recent", "dormant"]


class RuleSeen(Features):
    """What was compared, and the row of the table that it met."""

    compared: Annotated[
        Literal["cluster", "customer"],
        Field(description="Whose numbers these are: medians of the cluster at the training, or the customer's own."),
    ]
    row: TableRow
    text: str


class Change(BaseModel):
    """What is changed: orders and their worth, an amount alone, or days without an order."""

    orders: Annotated[int, Field(ge=0, le=MOST_ORDERS, description="More orders, each worth the customer's mean.")]
    amount: Annotated[Money, Field(description="More money.")]
    days: Annotated[int, Field(ge=0, le=MOST_DAYS, description="From as_of, without an order.")]


class CounterfactualSeen(BaseModel):
    """The least change of its kind that gives this segment: one cent, order or day less does not."""

    change: Change
    recency: Annotated[int, Field(description="After the change; orders make it 0.")]
    frequency: Annotated[int, Field(description="After the change.")]
    monetary: Annotated[Money, Field(description="After the change.")]
    segment: str
    slug: str
    tier: Tier
    holds_while_recency_at_most: Annotated[
        int | None,
        Field(
            description="Each day from that recency to this one keeps the segment, the next does not; "
            f"null where {MOST_DAYS:,} days change nothing."
        ),
    ]
    text: str


class Explained(BaseModel):
    """Why a customer is in a segment, and what would change it."""

    features: Features
    fences: Annotated[list[FenceSeen], Field(min_length=2, max_length=2)]
    own_centroid: Annotated[CentroidSeen | None, Field(description="Null for outliers, who have none.")]
    next_centroid: Annotated[CentroidSeen | None, Field(description="The nearest other one; null where there is none.")]
    rule: Annotated[
        RuleSeen | None,
        Field(description="Null where the table of segments was changed since the name was given."),
    ]
    counterfactuals: Annotated[
        list[CounterfactualSeen],
        Field(description="For each segment within reach the least orders, the least amount and the least days."),
    ]
    summary: Annotated[str, Field(description="The main points in plain words.")]


def explained(
    trained: ServedModel, scheme: SchemeName, customer: Customer, currency: str, slug: str | None = None
) -> Explained:
    """The explanation of a customer, by default in the segment that the model and the table give."""
    found, say = trained.explain(scheme, customer, slug), trained.wording(scheme, currency)
    return Explained.model_validate(
        {
            "features": _features(found, found.customer.rfm, found.multiples),
            "fences": [_fence(fence, say) for fence in found.fences],
            "own_centroid": _centroid(found.own, trained) if found.own else None,
            "next_centroid": _centroid(found.next, trained) if found.next else None,
            "rule": _rule(found, found.naming, say) if found.naming else None,
            "counterfactuals": [_counterfactual(each, trained, scheme, say) for each in found.counterfactuals],
            "summary": say.summary(found),
        }
    )


def _features(found: Explanation, values: Any, multiples: Any) -> dict[str, Any]:
    features = {
        feature: {"value": value, "median": median, "multiple": None if multiple is None else round(multiple, DIGITS)}
        for feature, value, median, multiple in zip(FEATURES, values, found.medians, multiples, strict=True)
    }
    for name in ("value", "median"):
        features["monetary"][name] = round(Decimal(features["monetary"][name]), MEDIAN_DIGITS)
    return features


def _fence(fence: Fence, say: Wording) -> dict[str, Any]:
    numbers = {name: round(getattr(fence, name), DIGITS) for name in ("low", "high", "by")}
    return {"feature": fence.feature, "outside": fence.outside, **numbers, "text": say.fence(fence)}


def _centroid(centroid: Centroid, trained: ServedModel) -> dict[str, Any]:
    name = trained.segments["kmeans", centroid.slug].name
    distance = round(centroid.distance, DIGITS)
    return {"cluster": centroid.cluster, "segment": name, "slug": centroid.slug, "distance": distance}


def _rule(found: Explanation, naming: Naming, say: Wording) -> dict[str, Any]:
    row = {
        "monetary": _bounds(naming.row.monetary),
        "frequency": _bounds(naming.row.frequency),
        "recency": naming.row.recency,
    }
    numbers = _features(found, naming.values, naming.multiples)
    return {**numbers, "compared": naming.compared, "row": row, "text": say.naming(found, naming)}


def _bounds(band: Band) -> dict[str, float | None]:
    return {name: bound if abs(bound) < float("inf") else None for name, bound in band._asdict().items()}


def _counterfactual(found: Counterfactual, trained: ServedModel, scheme: SchemeName, say: Wording) -> dict[str, Any]:
    segment = trained.segments[scheme, found.slug]
    return {
        "change": {"orders": found.orders, "amount": found.amount, "days": found.days},
        "recency": found.result.recency,
        "frequency": found.result.frequency,
        "monetary": found.result.monetary,
        "segment": segment.name,
        "slug": segment.slug,
        "tier": segment.tier,
        "holds_while_recency_at_most": found.holds_until_recency,
        "text": say.change(found),
    }
