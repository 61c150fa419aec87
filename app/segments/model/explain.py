"""Why a customer is in a segment, and what would change it: numbers in, numbers out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.segments.model.counterfactual import Counterfactual, Search
from app.segments.model.customer import Customer
from app.segments.model.features import FEATURES, FloatArray
from app.segments.model.fences import CORE
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import Row

FENCED_FEATURES: Final = ("monetary", "frequency")


@dataclass(frozen=True)
class Centroid:
    """The centre of a cluster of the core, the slug of its segment, and how far it is in scaled units."""

    cluster: int
    slug: str
    distance: float


@dataclass(frozen=True)
class Fence:
    """The fences of a feature and the customer's value, in the units of the feature."""

    feature: str
    low: float
    high: float
    value: float

    @property
    def outside(self) -> Literal["below", "above"] | None:
        """Which fence is crossed; a value on a fence is inside."""
        return "below" if self.value < self.low else "above" if self.value > self.high else None

    @property
    def by(self) -> float:
        """How far beyond the fence that is crossed, or, inside, how far from the nearer one."""
        return min(abs(self.value - self.low), abs(self.high - self.value))


@dataclass(frozen=True)
class Naming:
    """The row of the table that gave the name, and what was compared with the medians of all customers.

    `compared`: the medians of the customer's cluster, or his own numbers. A multiple of a median of 0 is None.
    """

    compared: Literal["cluster", "customer"]
    values: tuple[float, ...]
    multiples: tuple[float | None, ...]
    row: Row


@dataclass(frozen=True)
class Explanation:
    """A customer's place in the model; sequences of three are recency, frequency, monetary.

    `own` is None for an outlier, `next` where there is no other centroid; `naming` is None where the table no longer
    gives the name, or where the medians that the cluster was named by are not known. `is_current`: the model and the
    table still give this segment.
    """

    customer: Customer
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


def explain(search: Search, customer: Customer, slug: str | None = None) -> Explanation:
    """Explain why a customer is in a segment, by default the one that the model and the table give him now.

    Where `slug` is another than theirs, because the table was changed, nothing is said that they would not bear out:
    there is neither naming nor counterfactual.
    """
    scorer = search.scorer
    cluster = int(scorer.predict([customer.rfm])[0])
    present = search.slug(customer)
    own, following = _centroids(search, customer, cluster)
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
        fences=tuple(_fence(scorer, customer, feature) for feature in FENCED_FEATURES),
        naming=naming if naming and naming.row.segment.slug == slug else None,
        counterfactuals=tuple(search.find(customer)) if is_current else (),
    )


def _centroids(search: Search, customer: Customer, cluster: int) -> tuple[Centroid | None, Centroid | None]:
    scorer = search.scorer
    distances = scorer.distances([customer.rfm])[0].tolist()
    slug = str(scorer.slugs_alone([customer.rfm], search.table, "kmeans")[0])
    own = Centroid(cluster, slug, distances[cluster]) if cluster >= CORE else None
    named = [each for each in range(len(distances)) if each != cluster and each in scorer.segment_of_cluster]
    others = [Centroid(each, scorer.segment_of_cluster[each], distances[each]) for each in named]
    return own, min(others, key=lambda centroid: centroid.distance, default=None)


def _fence(scorer: Scorer, customer: Customer, feature: str) -> Fence:
    low, high = scorer.fences[feature]
    return Fence(feature, low, high, customer.rfm[FEATURES.index(feature)])


def _naming(search: Search, customer: Customer, cluster: int) -> Naming | None:
    scorer = search.scorer
    values: Sequence[float] | None = customer.rfm
    is_own = search.scheme == "rules" or cluster not in scorer.segment_of_cluster
    if not is_own:
        medians = scorer.cluster_medians.get(cluster)
        values = None if medians is None else medians.tolist()
    if values is None:
        return None
    number = None if search.scheme == "rules" else cluster
    row = search.table.rows(search.scheme, [values], scorer.medians, number)[0]
    compared: Literal["cluster", "customer"] = "customer" if is_own else "cluster"
    return Naming(compared, tuple(values), _multiples(values, scorer.medians), row)


def _multiples(values: Sequence[float], medians: FloatArray) -> tuple[float | None, ...]:
    return tuple(value / median if median else None for value, median in zip(values, medians.tolist(), strict=True))
