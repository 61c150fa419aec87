"""Separation and stability of clusters: silhouettes, and refits on bootstrap samples."""

import warnings
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score, silhouette_samples
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_limits

from app.segments.model.features import FloatArray, IntArray

REFITS: Final = 20
SILHOUETTE_CUSTOMERS: Final = 4_000
WORKING_MEBIBYTES: Final = 16


@dataclass(frozen=True)
class Stability:
    """Agreement of a clustering with refits on bootstrap samples (Hennig 2007, CSDA 52(1)).

    Attributes:
        refits: number of bootstrap samples.
        ari: mean adjusted Rand index; 1 if every refit gives the same clusters.
        jaccard: cluster to the mean of its largest Jaccard index with a cluster of the refit; below .6 it is not
            found again.
    """

    refits: int
    ari: float
    jaccard: dict[int, float]


def one_thread() -> AbstractContextManager[Any]:
    """Limit the threads of numerical libraries: a fit with one repeats bit for bit."""
    limited: AbstractContextManager[Any] = threadpool_limits(1)
    return limited


def silhouette_of_clusters(points: FloatArray, labels: IntArray, random_state: int) -> dict[int, float]:
    """Return the mean silhouette of each cluster, from at most 4,000 points; none for fewer than two clusters."""
    drawn = check_random_state(random_state).permutation(len(points))[:SILHOUETTE_CUSTOMERS]
    points, labels = points[drawn], labels[drawn]
    clusters = np.unique(labels).tolist()
    if not 2 <= len(clusters) < len(points):  # noqa: PLR2004
        return {}
    with config_context(working_memory=WORKING_MEBIBYTES):
        values = silhouette_samples(points, labels)
    return {cluster: float(values[labels == cluster].mean()) for cluster in clusters}


def measure_stability(points: FloatArray, labels: IntArray, random_state: int, refits: int = REFITS) -> Stability:
    """Refit K-means with as many clusters as `labels` on bootstrap samples of `points`, and compare all points.

    `points` has shape (n, 3), scaled, n >= 1; `labels` shape (n,).
    """
    clusters = np.unique(labels)
    draw = check_random_state(random_state)
    aris, overlaps = [], []
    for _ in range(refits):
        sample = points[draw.randint(0, len(points), len(points))]
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a sample may have fewer distinct points
            fitted = KMeans(len(clusters), n_init=1, random_state=draw.randint(2**31 - 1)).fit(sample)
            found = fitted.predict(points)
        aris.append(adjusted_rand_score(labels, found))
        overlaps.append([_best_jaccard(labels == cluster, found) for cluster in clusters])
    means = np.mean(overlaps, axis=0).tolist()
    return Stability(refits, float(np.mean(aris)), dict(zip(clusters.tolist(), means, strict=True)))


def _best_jaccard(members: npt.NDArray[np.bool_], found: IntArray) -> float:
    shared = np.bincount(found[members], minlength=found.max() + 1)
    sizes = np.bincount(found, minlength=found.max() + 1)
    return float((shared / (sizes + members.sum() - shared)).max())
