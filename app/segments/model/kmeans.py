"""K-means fits of one thread each, several at a time: the same bits with any number of threads."""

import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from joblib import cpu_count
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from app.segments.model.features import FloatArray, IntArray

Argument = TypeVar("Argument")
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Clustering:
    """Clustering of points by K-means.

    Attributes:
        centers: shape (k, d), in the units of the points.
        labels: shape (n,), 0..k-1.
        inertia: sum of squared distances to the nearest center.
    """

    centers: FloatArray
    labels: IntArray
    inertia: float

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.centers)


def fit_kmeans(
    points: FloatArray, k: int, *, seed: int, max_iter: int, starts: int = 1, warm: FloatArray | None = None
) -> Clustering | None:
    """Return the clustering of lowest inertia of `starts` k-means++ starts and of `warm`, centers (k, d) to begin with.

    The warm start wins a tie. None if a cluster is empty because there are too few distinct points.
    """
    tried = [] if warm is None else [KMeans(k, init=warm, n_init=1, max_iter=max_iter)]
    if starts:
        tried.append(KMeans(k, init="k-means++", n_init=starts, max_iter=max_iter, random_state=seed))
    best = min((kmeans.fit(points) for kmeans in tried), key=lambda fit: fit.inertia_)
    if len(np.unique(best.labels_)) < k:
        return None
    return Clustering(best.cluster_centers_, best.labels_.astype(np.int64), float(best.inertia_))


def map_in_threads(
    function: Callable[[Argument], Result],
    items: Iterable[Argument],
    *,
    threads: int | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> list[Result]:
    """Return the result for each item, computed in `threads` threads, by default as many as there are cores.

    Within a thread, numerical libraries use one thread. `checkpoint` is called in the calling thread before each result
    is awaited; an exception that it raises discards the items that have not begun.
    """
    pool = ThreadPoolExecutor(threads or cpu_count(), initializer=_use_one_thread)
    with threadpool_limits(1), warnings.catch_warnings(), pool:
        warnings.simplefilter("ignore", ConvergenceWarning)  # too few distinct points: fit_kmeans checks for it
        futures = [pool.submit(function, item) for item in items]
        try:
            results = []
            for future in futures:
                checkpoint()
                results.append(future.result())
        finally:
            pool.shutdown(cancel_futures=True)
    return results


def _use_one_thread() -> None:
    threadpool_limits(1, user_api="openmp")  # a limit of OpenMP applies to the thread that sets it
