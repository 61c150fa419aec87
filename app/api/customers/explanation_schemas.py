"""Schemas of an explanation."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from app.api.core.dependencies import SchemeName
from app.api.core.schemas import Cluster, MedianMoney, Money, SegmentName, SegmentSlug, Tier
from app.api.customers.current_model import CurrentModel
from app.api.customers.explained_band import ExplainedBand
from app.api.customers.explained_scores import ExplainedScores, scores_of
from app.segments.model.counterfactual import MAX_DAYS, MAX_ORDERS, Counterfactual
from app.segments.model.customer import CustomerFeatures
from app.segments.model.explain import Centroid, Explanation, Fence, NameOrigin, Naming
from app.segments.model.features import FEATURES
from app.segments.model.segment_table.fields import Band
from app.segments.model.segment_table.table import RFMRow, SegmentTableRow, ValueRow
from app.segments.model.wording import Wording

DIGITS: Final = 6
MEDIAN_DIGITS: Final = 4
FencedFeature = Literal["monetary", "frequency"]
FenceSide = Literal["below", "above"]
Multiple = Annotated[float | None, Field(description="Multiple of the median; null if the median is 0.")]


class ComparedNumber(BaseModel):
    """A number, and the median of all customers in the training run."""

    value: float
    median: float
    multiple: Multiple


class ComparedAmount(BaseModel):
    """An amount, and the median of all customers in the training run."""

    value: MedianMoney
    median: MedianMoney
    multiple: Multiple


class Features(BaseModel):
    """The three features and the medians of all customers."""

    recency: Annotated[ComparedNumber, Field(description="Days; below the median is recent.")]
    frequency: Annotated[ComparedNumber, Field(description="Invoices.")]
    monetary: Annotated[ComparedAmount, Field(description="Currency units.")]


class UsualRange(BaseModel):
    """Usual range of a feature; customers outside are outliers."""

    feature: FencedFeature
    low: Annotated[
        float | None, Field(description="Q1 - 1.5 x IQR of all customers; null if no value can be below it.")
    ]
    high: Annotated[float, Field(description="Q3 + 1.5 x IQR of all customers.")]
    outside: Annotated[FenceSide | None, Field(description="Side on which the customer is outside; null inside.")]
    by: Annotated[float, Field(description="Distance from the nearest of low and high.")]
    text: Annotated[str, Field(description="Description in one sentence.")]


class ClusterCentroid(BaseModel):
    """Centre of a cluster."""

    cluster: Cluster
    segment: SegmentName
    slug: SegmentSlug
    distance: Annotated[float, Field(description="Euclidean, features scaled to variance 1.")]


class ModelStatistics(BaseModel):
    """Statistics of the clustering."""

    fences: Annotated[list[UsualRange], Field(min_length=2, max_length=2)]
    own_centroid: Annotated[ClusterCentroid | None, Field(description="Of the customer's cluster; null for outliers.")]
    next_centroid: Annotated[
        ClusterCentroid | None, Field(description="Nearest centroid of another cluster; null if there is none.")
    ]


class Bounds(BaseModel):
    """Multiples of a median: more than `above`, up to and including `up_to`; null: no bound."""

    above: float | None
    up_to: float | None


class TableRow(BaseModel):
    """A row of the segment table."""

    monetary: Bounds
    frequency: Bounds
    recency: Literal["recent", "dormant"]


class NamingRule(Features):
    """Row of the segment table that gave the name, with the compared features."""

    compared: Annotated[
        Literal["cluster", "customer"],
        Field(description="Origin of the features: medians of the cluster in the training run, or the customer's own."),
    ]
    row: Annotated[TableRow | None, Field(description="Null with scheme=rfm and scheme=value.")]
    origin: Annotated[
        NameOrigin,
        Field(
            description="table: the row covers the values; replaced: the row replaces the one that does, because the "
            "median first sale of the cluster is long ago; kept: the name is kept, because the medians are within 10 % "
            "of the bounds of the row."
        ),
    ]
    scores: Annotated[ExplainedScores | None, Field(description="Null with other schemes than rfm.")]
    expected: Annotated[ExplainedBand | None, Field(description="Null with other schemes than value.")]
    text: Annotated[str, Field(description="Description in one sentence.")]


class CounterfactualChange(BaseModel):
    """A change: orders with their value, spending only, or days without an order."""

    orders: Annotated[
        int, Field(ge=0, le=MAX_ORDERS, description="Additional orders, each of the customer's mean value.")
    ]
    amount: Annotated[Money, Field(description="Additional spending.")]
    days: Annotated[int, Field(ge=0, le=MAX_DAYS, description="From as_of, without an order.")]


class SegmentCounterfactual(BaseModel):
    """Smallest change of one kind that leads to this segment."""

    change: CounterfactualChange
    recency: Annotated[int, Field(description="After the change; orders make it 0.")]
    frequency: Annotated[int, Field(description="After the change.")]
    monetary: Annotated[Money, Field(description="After the change.")]
    segment: SegmentName
    slug: SegmentSlug
    tier: Tier
    holds_while_recency_at_most: Annotated[
        int | None,
        Field(
            description="Largest recency at which the customer is still in the segment; "
            f"null for {MAX_DAYS:,} days or more."
        ),
    ]
    text: Annotated[str, Field(description="Description in one sentence.")]


class Explained(BaseModel):
    """Explanation of a customer's segment, with counterfactuals."""

    summary: Annotated[str, Field(description="Explanation in a few sentences.")]
    features: Features
    rule: Annotated[
        NamingRule | None,
        Field(
            description="Null if the segment table was changed after the segment was assigned, if an earlier version "
            "stored no medians of the cluster, and for a customer without a value band."
        ),
    ]
    counterfactuals: Annotated[
        list[SegmentCounterfactual],
        Field(
            description="Smallest changes to each reachable segment: by orders, by spending and by days. Empty with "
            "scheme=value."
        ),
    ]
    statistics: Annotated[
        ModelStatistics | None, Field(description="Null with other schemes than kmeans, which do not use clusters.")
    ]


def explained(
    model: CurrentModel, scheme: SchemeName, customer: CustomerFeatures, wording: Wording, slug: str | None = None
) -> Explained:
    """Return the explanation of a customer, by default for the segment assigned by the model and the table."""
    return _explained(model.explain(scheme, customer, slug), model, scheme, wording)


def explained_band(model: CurrentModel, customer: CustomerFeatures, wording: Wording, spend: float | None) -> Explained:
    """Return the explanation of a customer's value band by the expected spend; without one, of why there is none."""
    found = None if spend is None else model.explain_band(customer, spend)
    if found is not None:
        return _explained(found, model, "value", wording)
    unnamed = model.explain("rules", customer)
    return Explained(
        summary=model.why_no_band(),
        features=Features.model_validate(_features(unnamed, customer.rfm, unnamed.multiples)),
        rule=None,
        counterfactuals=[],
        statistics=None,
    )


def _explained(found: Explanation, model: CurrentModel, scheme: SchemeName, wording: Wording) -> Explained:
    return Explained.model_validate(
        {
            "summary": wording.summary(found),
            "features": _features(found, found.customer.rfm, found.multiples),
            "rule": _rule(found, found.naming, wording) if found.naming else None,
            "counterfactuals": [_counterfactual(each, model, scheme, wording) for each in found.counterfactuals],
            "statistics": _statistics(found, model, wording) if found.fences else None,
        }
    )


def _statistics(found: Explanation, model: CurrentModel, wording: Wording) -> dict[str, Any]:
    return {
        "fences": [_fence(fence, wording) for fence in found.fences],
        "own_centroid": _centroid(found.own, model) if found.own else None,
        "next_centroid": _centroid(found.next, model) if found.next else None,
    }


def _features(found: Explanation, values: Any, multiples: Any) -> dict[str, Any]:
    features = {
        feature: {"value": value, "median": median, "multiple": None if multiple is None else round(multiple, DIGITS)}
        for feature, value, median, multiple in zip(FEATURES, values, found.medians, multiples, strict=True)
    }
    for name in ("value", "median"):
        features["monetary"][name] = round(Decimal(features["monetary"][name]), MEDIAN_DIGITS)
    return features


def _fence(fence: Fence, wording: Wording) -> dict[str, Any]:
    low = None if fence.low is None else round(fence.low, DIGITS)
    numbers = {"low": low, "high": round(fence.high, DIGITS), "by": round(fence.by, DIGITS)}
    return {"feature": fence.feature, "outside": fence.outside, **numbers, "text": wording.fence(fence)}


def _centroid(centroid: Centroid, model: CurrentModel) -> dict[str, Any]:
    name = model.segments["kmeans", centroid.slug].name
    distance = round(centroid.distance, DIGITS)
    return {"cluster": centroid.cluster, "segment": name, "slug": centroid.slug, "distance": distance}


def _rule(found: Explanation, naming: Naming, wording: Wording) -> dict[str, Any]:
    numbers = _features(found, naming.values, naming.multiples)
    rule: dict[str, Any] = {
        "row": _row(naming.row),
        "origin": naming.origin,
        "scores": None if naming.scores is None else scores_of(naming.scores, naming.score_ranges),
    }
    rule["expected"] = None if naming.expected is None else ExplainedBand.of(naming.expected)
    return {**numbers, **rule, "compared": naming.compared, "text": wording.naming(found, naming)}


def _row(row: SegmentTableRow | RFMRow | ValueRow) -> dict[str, Any] | None:
    if not isinstance(row, SegmentTableRow):
        return None
    return {"monetary": _bounds(row.monetary), "frequency": _bounds(row.frequency), "recency": row.recency}


def _bounds(band: Band) -> dict[str, float | None]:
    return {name: bound if abs(bound) < float("inf") else None for name, bound in band._asdict().items()}


def _counterfactual(found: Counterfactual, model: CurrentModel, scheme: SchemeName, wording: Wording) -> dict[str, Any]:
    segment = model.segments[scheme, found.slug]
    return {
        "change": {"orders": found.orders, "amount": found.amount, "days": found.days},
        "recency": found.result.recency,
        "frequency": found.result.frequency,
        "monetary": found.result.monetary,
        "segment": segment.name,
        "slug": segment.slug,
        "tier": segment.tier,
        "holds_while_recency_at_most": found.holds_until_recency,
        "text": wording.change(found),
    }
