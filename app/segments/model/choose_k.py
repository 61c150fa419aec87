"""Choice of the number of clusters: K-means for every k, scored by silhouette and elbow of the inertia."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.utils import check_random_state

from app.segments.model.features import FloatArray
from app.segments.model.kmeans import Clustering, fit_kmeans, map_in_threads
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


@dataclass(frozen=True, eq=False)
class Curve:
    """Clustering and scores of each possible k, ascending; empty when no k is possible."""

    clusterings: tuple[Clustering, ...]
    scores: tuple[KScore, ...]

    def of(self, k: int) -> Clustering:
        """Return the clustering of a possible k."""
        return next(each for each in self.clusterings if each.k == k)


@dataclass(frozen=True)
class CurveSettings:
    """Settings of the fits of a curve.

    Attributes:
        ks: numbers of clusters to try, ascending.
        seed: seed of k-means++ and of the sample for the silhouette.
        max_iter: largest number of iterations of a fit.
        silhouette_sample: number of points above which the silhouette is computed from a sample of this size.
        starts: k-means++ starts for each k.
    """

    ks: Sequence[int]
    seed: int
    max_iter: int
    silhouette_sample: int
    starts: int = 1


def fit_curve(
    points: FloatArray,
    settings: CurveSettings,
    *,
    warm: Mapping[int, FloatArray] | None = None,
    threads: int | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> Curve:
    """Fit and score every k: the clustering of lowest inertia of the k-means++ starts and of the warm start.

    `points` has shape (n, 3), scaled, n >= 1. A k is possible if it is below n and at most the number of distinct rows.
    `warm` has centers to begin with, in the same units, by k. `checkpoint` is called before each k is awaited.
    """
    seed, sample = settings.seed, settings.silhouette_sample

    def fit(k: int) -> Clustering | None:
        begin = None if warm is None else warm.get(k)
        return fit_kmeans(points, k, seed=seed, max_iter=settings.max_iter, starts=settings.starts, warm=begin)

    tried = map_in_threads(
        fit, [k for k in settings.ks if k < len(points)][::-1], threads=threads, checkpoint=checkpoint
    )
    fits = [clustering for clustering in tried[::-1] if clustering is not None]
    if not fits:
        return Curve((), ())
    drawn = check_random_state(seed).permutation(len(points))[:sample] if len(points) > sample else slice(None)
    scores = score_each(
        [each.k for each in fits],
        silhouettes(points[drawn], [each.labels[drawn] for each in fits], threads),
        [each.inertia for each in fits],
    )
    return Curve(tuple(fits), scores)


def best_k(scores: Sequence[KScore]) -> int:
    """Return the k with the highest combined score, the smaller one in a tie."""
    return max(scores, key=lambda score: (score.combined, -score.k)).k


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


def _unit(values: Sequence[float]) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    unit: FloatArray = (array - array.min()) / (np.ptp(array) or 1.0)
    return unit


def _share_of_max(values: Sequence[float] | FloatArray) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    return array / array.max() if array.max() > 0 else np.zeros_like(array)
