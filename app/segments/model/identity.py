"""Lasting identity of clusters: those of a new model matched to the last published ones by shared members."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from app.segments.model.features import FloatArray, IntArray

LEAST_SHARED: Final = 0.25
"""Least share of the smaller of two clusters that both have in common, for one to continue the other."""
LEAST_DESCENDED: Final = 0.5
"""Least share of a born cluster from one old cluster to be its split; of an ended one in a new cluster, a merge."""


@dataclass(frozen=True)
class Identity:
    """Lasting ids of the clusters of a new model, and what became of the old ones.

    Attributes:
        ids: lasting id of each new cluster, in the order of its centroids.
        next_id: lowest id that was never used.
        births: ids that continue no old cluster.
        deaths: old ids that no new cluster continues.
        splits: (old id, born id): at least half of the members of the born cluster come from the old one.
        merges: (ended id, new id): at least half of the members of the ended cluster are in the new one.
    """

    ids: tuple[int, ...]
    next_id: int
    births: tuple[int, ...] = ()
    deaths: tuple[int, ...] = ()
    splits: tuple[tuple[int, int], ...] = ()
    merges: tuple[tuple[int, int], ...] = ()


def match_clusters(old_ids: Sequence[int], old: IntArray, new: IntArray, k: int, next_id: int) -> Identity:
    """Match the `k` clusters of a new model to old ones, so that as many customers as possible keep their cluster.

    The Hungarian method on the number of shared members. Outlier clusters have fixed numbers and are left out.

    Args:
        old_ids: lasting ids of the old clusters.
        old: lasting id of each customer under the old model, shape (n,).
        new: position of the centroid of each customer under the new model, shape (n,), same customers.
        k: number of clusters of the new model.
        next_id: lowest id that was never used.
    """
    shared = _shared_members(old_ids, old, new, k)
    sizes_old = np.array([np.count_nonzero(old == each) for each in old_ids])
    sizes_new = np.array([np.count_nonzero(new == each) for each in range(k)])
    smaller = np.minimum(sizes_old[:, None], sizes_new)
    pairs = zip(*linear_sum_assignment(shared, maximize=True), strict=True)
    continued = {
        int(b): old_ids[a] for a, b in pairs if shared[a, b] > 0 and shared[a, b] >= LEAST_SHARED * smaller[a, b]
    }
    births = tuple(range(next_id, next_id + k - len(continued)))
    unused = iter(births)
    ids = tuple(continued[b] if b in continued else next(unused) for b in range(k))
    deaths = tuple(each for each in old_ids if each not in continued.values())
    splits, merges = [], []
    for b, born in enumerate(ids):
        for a, parent in enumerate(old_ids):
            if born in births and shared[a, b] > 0 and shared[a, b] >= LEAST_DESCENDED * sizes_new[b]:
                splits.append((parent, born))
            if parent in deaths and shared[a, b] > 0 and shared[a, b] >= LEAST_DESCENDED * sizes_old[a]:
                merges.append((parent, born))
    return Identity(ids, next_id + len(births), births, deaths, tuple(splits), tuple(merges))


def _shared_members(old_ids: Sequence[int], old: IntArray, new: IntArray, k: int) -> FloatArray:
    """Return the number of customers of each pair of old and new clusters, shape (old, k)."""
    in_core = (old >= 0) & (new >= 0)
    order = np.argsort(old_ids)
    positions = order[np.searchsorted(np.asarray(old_ids)[order], old[in_core])]
    counts = np.bincount(positions * k + new[in_core], minlength=len(old_ids) * k)
    shared: FloatArray = counts.reshape(len(old_ids), k).astype(np.float64)
    return shared
