"""Estimator of customer clusters by recency, frequency and monetary value."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from operator import le
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin, clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from app.errors import NoCustomers
from app.segments.model.choose_k import Curve, CurveSettings, KScore, best_k, fit_curve
from app.segments.model.features import FEATURES, FloatArray, IntArray, check_rfm, medians_of
from app.segments.model.fences import CORE, Fences, measure_fences, outlier_clusters
from app.segments.model.kmeans import Clustering, fit_kmeans, map_in_threads
from app.segments.model.least_data import LeastData
from app.segments.model.scoring import Scorer

__all__ = ["FEATURES", "KScore", "RFMSegmenter"]


class RFMSegmenter(BaseEstimator, ClusterMixin):  # type: ignore[misc]
    """Separation of outliers, then K-means on the scaled core with the k of the highest score.

    Above `silhouette_sample` core customers the silhouette is computed from a sample of this size, drawn with
    `random_state`. Above `curve_sample` the k's are tried on a sample, and the chosen one is then fitted to the whole
    core from the centroids of the sample. `starts` is the number of k-means++ starts for each k where there is a warm
    start or a sample; otherwise there is one, the plain rule.

    Fitted attributes; columns are recency (days), frequency (invoices), monetary (currency units):

    - `labels_` (n,): -1 unusual monetary, -2 unusual frequency, -3 both, 0 .. `k_` - 1 the core
    - `fences_`: `monetary` and `frequency`, each (low, high); `scaler_`: mean and scale of the core
    - `k_`, `k_scores_`: a `KScore` for each possible k, none if the core is one cluster
    - `silhouette_` of `k_`, None if the core is one cluster; `inertia_` in squared scaled units
    - `cluster_centers_` (k, 3) scaled, `centroids_` (k, 3) in original units
    - `curve_`: each possible k to its centroids (k, 3) in original units, the warm starts of the next training
    - `medians_` (3,) of all customers, `cluster_medians_`: cluster to (3,)
    """

    def __init__(
        self,
        k_min: int = 2,
        k_max: int = 12,
        random_state: int = 42,
        max_iter: int = 1000,
        silhouette_sample: int = 10_000,
        curve_sample: int | None = None,
        starts: int = 1,
    ) -> None:
        self.k_min = k_min
        self.k_max = k_max
        self.random_state = random_state
        self.max_iter = max_iter
        self.silhouette_sample = silhouette_sample
        self.curve_sample = curve_sample
        self.starts = starts

    def fit(
        self,
        X: npt.ArrayLike,  # noqa: N803
        y: object = None,  # noqa: ARG002
        customer_id: npt.ArrayLike | None = None,
        checkpoint: Callable[[], None] | None = None,
        warm: Mapping[int, FloatArray] | None = None,
        pick_k: Callable[[Sequence[KScore]], int] = best_k,
        threads: int | None = None,
    ) -> Self:
        """Fit to `X`, shape (n, 3): recency (days), frequency (invoices), monetary (currency units).

        The result of K-means depends on the order of the rows, because its initial rows are drawn by number. Rows are
        therefore sorted by `customer_id`, shape (n,), as strings by code point; without ids their order is used.
        `labels_` is in the order of `X`. The result is the same, bit for bit, with any number of `threads`.

        Args:
            X: features.
            y: ignored.
            customer_id: ids.
            checkpoint: called before each k is awaited; an exception that it raises ends the fit.
            warm: `curve_` of the last training: centroids (k, 3) in original units, by k.
            pick_k: returns the k to use, one of the scores' k's.
            threads: number of k's tried at a time, by default the number of cores.

        Raises NoCustomers if there are no rows, ValueError for NaN, infinity or another shape.
        """
        rfm = check_rfm(X)
        if len(rfm) == 0:
            raise NoCustomers("there are no customers to segment; load sales that count")
        self.fences_: Fences = measure_fences(rfm)
        core = self._core_in_order(rfm, customer_id)
        self.scaler_ = StandardScaler().fit(core)
        flat = LeastData().without_spread(core)
        self.scaler_.scale_[flat] = 1
        points = self.scaler_.transform(core)
        del core  # of ten million customers 240 MB
        points[:, flat] = 0  # differences in the last digits of a feature are no clusters
        curve = self._fit_curve(points, warm, threads, checkpoint or _no_checkpoint)
        self._choose(points, curve, pick_k)
        del points
        self.medians_: FloatArray = medians_of(rfm)
        self.labels_ = self.predict(rfm)
        self.cluster_medians_ = {
            int(cluster): medians_of(rfm, self.labels_ == cluster) for cluster in np.unique(self.labels_)
        }
        return self

    def without_labels(self) -> Self:
        """Return a copy without `labels_`: its size and hash depend on the model only."""
        check_is_fitted(self)
        copy: Self = clone(self)
        copy.__dict__.update({name: value for name, value in self.__dict__.items() if name != "labels_"})
        return copy

    def predict(self, X: npt.ArrayLike) -> IntArray:  # noqa: N803
        """Return the cluster of each customer, shape (n,): -1, -2, -3 outside the fences, else the nearest.

        `X` is as in `fit`. Of two equidistant centroids the lower number is taken.
        """
        return self.scorer().predict(X)

    def scorer(self) -> Scorer:
        """Return a scorer of the fitted model, without names of clusters."""
        check_is_fitted(self)
        mean, scale = self.scaler_.mean_, self.scaler_.scale_
        return Scorer(self.fences_, mean, scale, self.centroids_, self.medians_)

    def _core_in_order(self, rfm: FloatArray, customer_id: npt.ArrayLike | None) -> FloatArray:
        if customer_id is not None:
            check_consistent_length(rfm, customer_id)
            if not _is_sorted(customer_id):
                rfm = rfm[np.argsort(np.asarray(customer_id, dtype=np.str_), kind="stable")]
        core: FloatArray = rfm[outlier_clusters(rfm, self.fences_) == CORE]
        return core

    def _fit_curve(
        self,
        points: FloatArray,
        warm: Mapping[int, FloatArray] | None,
        threads: int | None,
        checkpoint: Callable[[], None],
    ) -> Curve:
        ks = range(self.k_min, self.k_max + 1)
        if not ks or self.k_min < 2:  # noqa: PLR2004
            raise ValueError(f"k_min {self.k_min} and k_max {self.k_max}: give 2 <= k_min <= k_max")
        sampled = self._sampled(points)
        is_plain = not warm and sampled is points
        starts = 1 if is_plain else self.starts
        settings = CurveSettings(ks, self.random_state, self.max_iter, self.silhouette_sample, starts)
        scaled = {k: self.scaler_.transform(centroids) for k, centroids in (warm or {}).items()}
        curve = fit_curve(sampled, settings, warm=scaled, threads=threads, checkpoint=checkpoint)
        self.curve_ = {each.k: self.scaler_.inverse_transform(each.centers) for each in curve.clusterings}
        return curve

    def _choose(self, points: FloatArray, curve: Curve, pick_k: Callable[[Sequence[KScore]], int]) -> None:
        self.k_scores_: list[KScore] = list(curve.scores)
        chosen = self._refitted(points, curve.of(pick_k(curve.scores))) if curve.scores else _one_cluster(points)
        self.k_, self.inertia_ = chosen.k, chosen.inertia
        self.cluster_centers_ = chosen.centers
        self.centroids_: FloatArray = self.scaler_.inverse_transform(chosen.centers)
        if curve.scores:
            self.curve_[chosen.k] = self.centroids_
        self.silhouette_ = next((score.silhouette for score in curve.scores if score.k == self.k_), None)

    def _sampled(self, points: FloatArray) -> FloatArray:
        if self.curve_sample is None or len(points) <= self.curve_sample:
            return points
        drawn = check_random_state(self.random_state).permutation(len(points))[: self.curve_sample]
        sample: FloatArray = points[drawn]
        return sample

    def _refitted(self, points: FloatArray, found: Clustering) -> Clustering:
        """Return the clustering of the sample, fitted to all points if there are more."""
        if len(points) == len(found.labels):
            return found
        seed, max_iter = self.random_state, self.max_iter
        (fitted,) = map_in_threads(
            lambda begin: fit_kmeans(points, found.k, seed=seed, max_iter=max_iter, starts=0, warm=begin),
            [found.centers],
        )
        return fitted or found


def _one_cluster(points: FloatArray) -> Clustering:
    center = points.mean(axis=0, keepdims=True)
    return Clustering(center, np.zeros(len(points), dtype=np.int64), float(((points - center) ** 2).sum()))


def _is_sorted(ids: npt.ArrayLike) -> bool:
    """Return whether ids are strings in ascending order; a list is not copied to an array."""
    if isinstance(ids, np.ndarray):
        return ids.dtype.kind == "U" and bool((ids[:-1] <= ids[1:]).all())
    return isinstance(ids, list) and set(map(type, ids)) == {str} and all(map(le, ids, islice(ids, 1, None)))


def _no_checkpoint() -> None:
    pass
