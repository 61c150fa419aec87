"""Estimator of customer clusters by recency, frequency and monetary value."""

from collections.abc import Callable
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from app.errors import NoCustomers
from app.segments.model.choose_k import KScore, choose_k
from app.segments.model.features import FEATURES, FloatArray, IntArray, check_rfm
from app.segments.model.fences import CORE, Fences, measure_fences, outlier_clusters
from app.segments.model.scoring import Scorer

__all__ = ["FEATURES", "KScore", "RFMSegmenter"]


class RFMSegmenter(BaseEstimator, ClusterMixin):  # type: ignore[misc]
    """Separation of outliers, then K-means on the scaled core with the k of the highest score.

    Above `silhouette_sample` core customers the silhouette is computed from a sample of this size, drawn with
    `random_state`.

    Fitted attributes; columns are recency (days), frequency (invoices), monetary (currency units):

    - `labels_` (n,): -1 unusual monetary, -2 unusual frequency, -3 both, 0 .. `k_` - 1 the core
    - `fences_`: `monetary` and `frequency`, each (low, high); `scaler_`: mean and scale of the core
    - `k_`, `k_scores_`: a `KScore` for each possible k, none if the core is one cluster
    - `silhouette_` of `k_`, None if the core is one cluster
    - `cluster_centers_` (k, 3) scaled, `centroids_` (k, 3) in original units
    - `medians_` (3,) of all customers, `cluster_medians_`: cluster to (3,)
    """

    def __init__(
        self,
        k_min: int = 2,
        k_max: int = 12,
        random_state: int = 42,
        max_iter: int = 1000,
        silhouette_sample: int = 10_000,
    ) -> None:
        self.k_min = k_min
        self.k_max = k_max
        self.random_state = random_state
        self.max_iter = max_iter
        self.silhouette_sample = silhouette_sample

    def fit(
        self,
        X: npt.ArrayLike,  # noqa: N803
        y: object = None,  # noqa: ARG002
        customer_id: npt.ArrayLike | None = None,
        checkpoint: Callable[[], None] | None = None,
    ) -> Self:
        """Fit to `X`, shape (n, 3): recency (days), frequency (invoices), monetary (currency units).

        The result of K-means depends on the order of the rows, because its initial rows are drawn by number. Rows are
        therefore sorted by `customer_id`, shape (n,), as strings by code point; without ids their order is used.
        `labels_` is in the order of `X`.

        `checkpoint` is called before each k is tried; an exception that it raises ends the fit.

        Raises NoCustomers if there are no rows, ValueError for NaN, infinity or another shape.
        """
        rfm = check_rfm(X)
        if len(rfm) == 0:
            raise NoCustomers("there are no customers to segment; load sales that count")
        self.fences_: Fences = measure_fences(rfm)
        core = self._core_in_order(rfm, customer_id)
        self.scaler_ = StandardScaler().fit(core)
        self._choose(self.scaler_.transform(core), checkpoint or _no_checkpoint)
        self.medians_: FloatArray = np.median(rfm, axis=0)
        self.labels_ = self.predict(rfm)
        self.cluster_medians_ = {
            int(cluster): np.median(rfm[self.labels_ == cluster], axis=0) for cluster in np.unique(self.labels_)
        }
        return self

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
            rfm = rfm[np.argsort(np.asarray(customer_id, dtype=np.str_), kind="stable")]
        core: FloatArray = rfm[outlier_clusters(rfm, self.fences_) == CORE]
        return core

    def _choose(self, points: FloatArray, checkpoint: Callable[[], None]) -> None:
        ks = range(self.k_min, self.k_max + 1)
        if not ks or self.k_min < 2:  # noqa: PLR2004
            raise ValueError(f"k_min {self.k_min} and k_max {self.k_max}: give 2 <= k_min <= k_max")
        choice = choose_k(points, ks, self.random_state, self.max_iter, self.silhouette_sample, checkpoint)
        self.cluster_centers_ = choice.centers
        self.centroids_: FloatArray = self.scaler_.inverse_transform(choice.centers)
        self.k_ = len(choice.centers)
        self.k_scores_: list[KScore] = list(choice.scores)
        self.silhouette_ = next((score.silhouette for score in choice.scores if score.k == self.k_), None)


def _no_checkpoint() -> None:
    pass
