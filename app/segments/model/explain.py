"""Explain a customer's segment: position in the model, row of the segment table, counterfactuals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

import numpy as np

from app.segments.model.counterfactual import Counterfactual, CounterfactualSearch
from app.segments.model.customer import CustomerFeatures
from app.segments.model.features import FEATURES, FloatArray
from app.segments.model.fences import CORE
from app.segments.model.naming import NAME_MARGIN
from app.segments.model.rfm_scores import ScoreRange
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import RFMRow, SegmentTable, SegmentTableRow, ValueRow
from app.segments.model.value_bands import BandRange, ValueBands

NameOrigin = Literal["table", "replaced", "kept"]
FENCED_FEATURES: Final = ("monetary", "frequency")


@dataclass(frozen=True)
class Centroid:
    """Centroid of a core cluster.

    Attributes:
        cluster: number of the cluster.
        slug: segment of the cluster.
        distance: Euclidean distance of the customer, features scaled to variance 1.
    """

    cluster: int
    slug: str
    distance: float


@dataclass(frozen=True)
class Fence:
    """Tukey fences of a feature, in its units.

    Attributes:
        low: lower fence; None if it is not above 0, because no value can be below it.
        high: upper fence.
        value: value of the customer.
    """

    feature: str
    low: float | None
    high: float
    value: float

    @property
    def outside(self) -> Literal["below", "above"] | None:
        """Return the side on which the value is outside; a value on a fence is inside."""
        if self.low is not None and self.value < self.low:
            return "below"
        return "above" if self.value > self.high else None

    @property
    def by(self) -> float:
        """Return the distance from the nearest fence."""
        return min(abs(self.value - fence) for fence in (self.low, self.high) if fence is not None)


@dataclass(frozen=True)
class ExpectedSpend:
    """Expected spend of a customer and the band that it is in.

    Attributes:
        spend: currency units.
        days: days ahead.
        band: number of the band.
        range: expected spend of the band.
        as_of: day on which the edges were measured.
    """

    spend: float
    days: int
    band: int
    range: BandRange
    as_of: date


@dataclass(frozen=True)
class Naming:
    """Row of the segment table that gave the name, with the compared values.

    Attributes:
        compared: origin of the values: medians of the customer's cluster, or the customer's own features.
        values: recency (days), frequency (invoices), monetary (currency units).
        multiples: values divided by the medians of all customers; None if the median is 0.
        row: row of the segment table.
        origin: table: the row covers the values; replaced: it replaces the row that does, by the first sales of the
            members; kept: the values are within NAME_MARGIN of its bounds.
        scores: RFM scores of the customer, in the scheme rfm only.
        score_ranges: values of each feature that have these scores.
        expected: expected spend of the customer, in the scheme value only.
    """

    compared: Literal["cluster", "customer"]
    values: tuple[float, ...]
    multiples: tuple[float | None, ...]
    row: SegmentTableRow | RFMRow | ValueRow
    origin: NameOrigin = "table"
    scores: tuple[int, ...] | None = None
    score_ranges: tuple[ScoreRange, ...] = ()
    expected: ExpectedSpend | None = None


@dataclass(frozen=True)
class Explanation:
    """Position of a customer in the model; tuples of three are recency, frequency, monetary.

    Attributes:
        is_current: whether the model and the segment table still assign this segment.
        own: centroid of the customer's cluster; None for outliers and in other schemes than kmeans.
        next: nearest centroid of another cluster; None if there is none and in other schemes.
        fences: fences of monetary and frequency; empty in other schemes, which have no outliers.
        naming: None if the medians of the cluster are not stored, or a table changed since no longer gives the name.
    """

    customer: CustomerFeatures
    cluster: int
    slug: str
    is_current: bool
    medians: tuple[float, ...]
    multiples: tuple[float | None, ...]
    own: Centroid | None
    next: Centroid | None
    fences: tuple[Fence, ...]
    naming: Naming | None
    counterfactuals: tuple[Counterfactual, ...]


def explain(search: CounterfactualSearch, customer: CustomerFeatures, slug: str | None = None) -> Explanation:
    """Explain why a customer is in the segment `slug`, by default the segment assigned by the model and the table.

    If the segment table was changed and assigns another segment, naming and counterfactuals are empty.
    """
    scorer = search.scorer
    cluster = int(scorer.predict([customer.rfm])[0])
    present = search.slug(customer)
    uses_model = search.scheme == "kmeans"
    own, following = _centroids(search, customer, cluster) if uses_model else (None, None)
    slug = slug or present
    is_current = slug == present
    naming = _naming(search, customer, cluster)
    return Explanation(
        customer=customer,
        cluster=cluster,
        slug=slug,
        is_current=is_current,
        medians=tuple(scorer.medians.tolist()),
        multiples=_multiples(customer.rfm, scorer.medians),
        own=own,
        next=following,
        fences=tuple(_fence(scorer, customer, feature) for feature in FENCED_FEATURES) if uses_model else (),
        naming=naming if naming and naming.row.segment.slug == slug else None,
        counterfactuals=tuple(search.find(customer)) if is_current else (),
    )


def explain_band(
    scorer: Scorer, bands: ValueBands, segment_table: SegmentTable, customer: CustomerFeatures, spend: float
) -> Explanation:
    """Explain the value band of a customer by the expected spend; there are no counterfactuals."""
    band = int(bands.bands(np.array([spend]))[0])
    row, multiples = segment_table.value_row(band), _multiples(customer.rfm, scorer.medians)
    expected = ExpectedSpend(spend, bands.days, band, bands.range_of(band), bands.as_of)
    return Explanation(
        customer=customer,
        cluster=int(scorer.predict([customer.rfm])[0]),
        slug=row.segment.slug,
        is_current=True,
        medians=tuple(scorer.medians.tolist()),
        multiples=multiples,
        own=None,
        next=None,
        fences=(),
        naming=Naming("customer", tuple(customer.rfm), multiples, row, expected=expected),
        counterfactuals=(),
    )


def _centroids(
    search: CounterfactualSearch, customer: CustomerFeatures, cluster: int
) -> tuple[Centroid | None, Centroid | None]:
    scorer = search.scorer
    distances = dict(zip(scorer.ids, scorer.distances([customer.rfm])[0].tolist(), strict=True))
    slug = str(scorer.slugs_of_customers([customer.rfm], search.segment_table, "kmeans")[0])
    own = Centroid(cluster, slug, distances[cluster]) if cluster >= CORE else None
    named = [each for each in distances if each != cluster and each in scorer.segment_of_cluster]
    others = [Centroid(each, scorer.segment_of_cluster[each], distances[each]) for each in named]
    return own, min(others, key=lambda centroid: centroid.distance, default=None)


def _fence(scorer: Scorer, customer: CustomerFeatures, feature: str) -> Fence:
    low, high = scorer.fences[feature]
    return Fence(feature, low if low > 0 else None, high, customer.rfm[FEATURES.index(feature)])


def _naming(search: CounterfactualSearch, customer: CustomerFeatures, cluster: int) -> Naming | None:
    scorer = search.scorer
    if search.scheme == "rfm":
        scores = scorer.scores(np.array([customer.rfm]))[0]
        row, multiples = search.segment_table.rfm_row(scores), _multiples(customer.rfm, scorer.medians)
        found = tuple(scores.tolist())
        ranges = scorer.rfm_scores.ranges(found) if scorer.rfm_scores else ()
        return Naming("customer", tuple(customer.rfm), multiples, row, scores=found, score_ranges=ranges)
    values: Sequence[float] | None = customer.rfm
    is_own = search.scheme == "rules" or cluster not in scorer.segment_of_cluster
    if not is_own:
        medians = scorer.cluster_medians.get(cluster)
        values = None if medians is None else medians.tolist()
    if values is None:
        return None
    if not is_own:
        return _naming_of_cluster(search, cluster, values)
    number = None if search.scheme == "rules" else cluster
    (covering,) = search.segment_table.rows(search.scheme, [values], scorer.medians, number)
    return Naming("customer", tuple(values), _multiples(values, scorer.medians), covering)


def _naming_of_cluster(search: CounterfactualSearch, cluster: int, medians: Sequence[float]) -> Naming:
    scorer, table = search.scorer, search.segment_table
    (covering,) = table.rows("kmeans", [medians], scorer.medians, cluster)
    found = Naming("cluster", tuple(medians), _multiples(medians, scorer.medians), covering)
    slug = scorer.segment_of_cluster[cluster]
    row = table.cluster_row(slug)
    if row is None or slug == covering.segment.slug:
        return found
    if row.instead_of == covering.segment.slug:
        return replace(found, row=row, origin="replaced")
    within = (table.slugs_within(cluster, medians, scorer.medians, NAME_MARGIN, each) for each in (None, np.inf))
    return replace(found, row=row, origin="kept") if any(slug in slugs for slugs in within) else found


def _multiples(values: Sequence[float], medians: FloatArray) -> tuple[float | None, ...]:
    return tuple(value / median if median else None for value, median in zip(values, medians.tolist(), strict=True))
