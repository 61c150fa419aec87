"""Mean silhouettes of several labelings of the same points, in one pass over the distances."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from sklearn.metrics import euclidean_distances
from sklearn.utils import gen_batches

from app.segments.model.features import FloatArray, IntArray
from app.segments.model.kmeans import map_in_threads

CHUNK_BYTES: Final = 16 * 2**20


def silhouettes(points: FloatArray, labelings: Sequence[IntArray], threads: int | None = None) -> list[float]:
    """Return the exact mean silhouette (Rousseeuw 1987, Euclidean) of each labeling, in -1..1.

    `points` has shape (n, d), a labeling shape (n,) with integers from 0; a labeling with a single label scores 0.
    Distances are computed once for all labelings, in chunks of rows: memory grows with n, not n squared.
    """
    ends = np.cumsum([labels.max() + 1 for labels in labelings])
    members = np.zeros((len(points), ends[-1]))
    for labels, end in zip(labelings, ends, strict=True):
        members[np.arange(len(points)), end - labels.max() - 1 + labels] = 1.0
    rows = list(gen_batches(len(points), max(1, CHUNK_BYTES // (8 * len(points)))))
    chunks = map_in_threads(lambda part: _distances(points, part) @ members, rows, threads=threads)
    sums = np.split(np.vstack(chunks), ends[:-1], axis=1)
    return [_mean_silhouette(*pair) for pair in zip(sums, labelings, strict=True)]


def _distances(points: FloatArray, rows: slice) -> FloatArray:
    """Return the distances of some points to all points, shape (rows, n); of a point to itself exactly 0."""
    distances: FloatArray = euclidean_distances(points[rows], points)
    diagonal = np.arange(rows.start, rows.stop)
    distances[diagonal - rows.start, diagonal] = 0
    return distances


def _mean_silhouette(sums: FloatArray, labels: IntArray) -> float:
    """Return the mean over points, given the sum of each point's distances to each cluster, shape (n, k)."""
    counts = np.bincount(labels, minlength=sums.shape[1])
    if np.count_nonzero(counts) == 1:
        return 0.0
    own = np.arange(len(labels)), labels
    within = sums[own] / np.maximum(counts[labels] - 1, 1)
    between = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    between[own] = np.inf
    nearest = between.min(axis=1)
    widest = np.maximum(within, nearest)
    defined = (counts[labels] > 1) & (widest > 0)
    return float(np.divide(nearest - within, widest, out=np.zeros(len(labels)), where=defined).mean())
