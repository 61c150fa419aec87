"""Choice of the number of clusters: K-means for every k, scored by silhouette and elbow of the inertia."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from app.segments.model.features import FloatArray
from app.segments.model.silhouette import silhouettes

SILHOUETTE_WEIGHT: Final = 0.6
ELBOW_WEIGHT: Final = 0.4


@dataclass(frozen=True)
class KScore:
    """Scores of one k.

    Attributes:
        k: number of clusters.
        silhouette: mean, -1..1.
        inertia: in squared scaled units.
        elbow: distance from the line between the first and the last k, both axes in 0..1.
        combined: weighted sum of silhouette and elbow, each as a share of its maximum over all k; at most 1.
    """

    k: int
    silhouette: float
    inertia: float
    elbow: float
    combined: float


@dataclass(frozen=True)
class Choice:
    """Chosen clustering.

    Attributes:
        centers: shape (k, 3), in scaled units.
        scores: of every possible k.
    """

    centers: FloatArray
    scores: tuple[KScore, ...]


def choose_k(
    points: FloatArray, ks: Sequence[int], seed: int, max_iter: int, sample: int, checkpoint: Callable[[], None]
) -> Choice:
    """Return the k of `ks` with the highest combined score, or one cluster when none is possible.

    `points` has shape (n, 3), scaled, n >= 1. A k is possible if it is below n and at most the number of distinct rows.
    Above `sample` points the silhouette is computed from a sample drawn with `seed`. The smaller k wins a tie.
    `checkpoint` is called before each k is tried.
    """
    tried: list[KMeans] = []
    for k in ks:
        checkpoint()
        if k < len(points):
            tried.append(_fit(points, k, seed, max_iter))
    fits = [fit for fit in tried if len(np.unique(fit.labels_)) == fit.n_clusters]
    if not fits:
        return Choice(points.mean(axis=0, keepdims=True), ())
    drawn = check_random_state(seed).permutation(len(points))[:sample] if len(points) > sample else slice(None)
    scores = score_each(
        [fit.n_clusters for fit in fits],
        silhouettes(points[drawn], [fit.labels_[drawn] for fit in fits]),
        [float(fit.inertia_) for fit in fits],
    )
    best = max(range(len(fits)), key=lambda i: scores[i].combined)
    return Choice(fits[best].cluster_centers_, scores)


def score_each(ks: Sequence[int], silhouette: Sequence[float], inertia: Sequence[float]) -> tuple[KScore, ...]:
    """Return a score for each k: combined = 0.6 silhouette / max silhouette + 0.4 elbow / max elbow.

    A share of a maximum that is not positive counts as 0.
    """
    elbow = elbow_scores(ks, inertia)
    combined = SILHOUETTE_WEIGHT * _share_of_max(silhouette) + ELBOW_WEIGHT * _share_of_max(elbow)
    columns = zip(ks, silhouette, inertia, elbow.tolist(), combined.tolist(), strict=True)
    return tuple(KScore(*column) for column in columns)


def elbow_scores(ks: Sequence[int], inertia: Sequence[float]) -> FloatArray:
    """Return the distance of each (k, inertia) from the line between first and last, both axes in 0..1."""
    x, y = _unit(ks), _unit(inertia)
    run, rise = x[-1] - x[0], y[-1] - y[0]
    distances: FloatArray = np.abs(run * (y - y[0]) - rise * (x - x[0])) / (np.hypot(run, rise) or 1.0)
    return distances


def _fit(points: FloatArray, k: int, seed: int, max_iter: int) -> KMeans:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # too few distinct points: the caller checks for it
        return KMeans(k, init="k-means++", n_init=1, max_iter=max_iter, random_state=seed).fit(points)


def _unit(values: Sequence[float]) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    unit: FloatArray = (array - array.min()) / (np.ptp(array) or 1.0)
    return unit


def _share_of_max(values: Sequence[float] | FloatArray) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    return array / array.max() if array.max() > 0 else np.zeros_like(array)
