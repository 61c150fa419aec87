"""ModelComparison of champion and challenger on today's customers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from sklearn.utils import check_random_state

from app.segments.model.features import FloatArray, IntArray
from app.segments.model.fences import CORE, outlier_clusters
from app.segments.model.pairs import Pairs
from app.segments.model.scoring import Scorer
from app.segments.model.silhouette import silhouettes

SILHOUETTE_SAMPLE: Final = 10_000
SEED: Final = 42


@dataclass(frozen=True)
class ModelComparison:
    """Champion and challenger on today's customers. Shares are of all customers, 0..1.

    Attributes:
        silhouette: of the champion and of the challenger on today's core, -1..1; the same sample above 10,000.
        inertia_ratio: champion's inertia divided by the challenger's, both on today's core in today's scale.
        ari: adjusted Rand index of their clusters.
        moved_clusters: share whose cluster a publication would change.
        moved_names: share whose name it would change.
        moved: share for whom it would change either.
        across_fences: share on another side of today's fences than of the champion's.
        sizes: customers of each cluster, before and after; 0 if there is no such cluster.
    """

    silhouette: tuple[float, float]
    inertia_ratio: float
    ari: float
    moved_clusters: float
    moved_names: float
    moved: float
    across_fences: float
    sizes: Mapping[int, tuple[int, int]]

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON stores it."""
        return {**asdict(self), "sizes": {str(cluster): list(pair) for cluster, pair in self.sizes.items()}}


def compare(
    rfm: FloatArray, champion: Scorer, challenger: Scorer, before: IntArray, after: IntArray
) -> ModelComparison:
    """Compare two models that have lasting ids and names for every cluster that has members.

    `before` and `after` are the clusters (n,) of the customers `rfm` (n, 3) under champion and challenger.
    """
    sides = [outlier_clusters(rfm, scorer.fences) for scorer in (champion, challenger)]
    across = float((sides[0] != sides[1]).mean())
    core = rfm[sides[1] == CORE]
    pairs = Pairs.of(before, after)
    other_cluster = np.not_equal.outer(pairs.before, pairs.after)
    other_name = np.array(
        [
            [champion.segment_of_cluster[one] != challenger.segment_of_cluster[other] for other in pairs.after]
            for one in pairs.before
        ]
    )
    return ModelComparison(
        silhouette=_silhouettes(core, champion, challenger),
        inertia_ratio=inertia_ratio(core, champion, challenger),
        ari=pairs.adjusted_rand_index(),
        moved_clusters=pairs.share(other_cluster),
        moved_names=pairs.share(other_name),
        moved=pairs.share(other_cluster | other_name),
        across_fences=across,
        sizes=pairs.sizes(),
    )


def inertia_ratio(core: FloatArray, champion: Scorer, challenger: Scorer) -> float:
    """Return the champion's inertia divided by the challenger's, with the challenger's scale; 1 if both are 0."""
    old, new = (float(challenger.nearest(core, each.centroids)[1].sum()) for each in (champion, challenger))
    if new == 0:
        return 1.0 if old == 0 else float("inf")
    return old / new


def _silhouettes(core: FloatArray, champion: Scorer, challenger: Scorer) -> tuple[float, float]:
    if len(core) > SILHOUETTE_SAMPLE:
        core = core[check_random_state(SEED).permutation(len(core))[:SILHOUETTE_SAMPLE]]
    if len(core) == 0:
        return 0.0, 0.0
    first, second = silhouettes(
        challenger.scaled(core), [challenger.nearest(core, each.centroids)[0] for each in (champion, challenger)]
    )
    return first, second
