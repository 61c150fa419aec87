"""Benchmark of training on 4,000 customers, relative to a loop of KMeans and silhouette_score for k in 2..12.

Both fit the same core with the same seed and are measured alternately. The segmenter also finds outliers, scales,
scores and labels. Its silhouettes must equal those of the loop to nine digits.
"""

import json
from statistics import median
from time import perf_counter

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from app.segments.model.features import FloatArray
from app.segments.model.train import RFMSegmenter

CUSTOMERS = 4_000
ROUNDS = 7
KS = range(2, 13)
BOUNDS = {"train_to_plain_loop": 1.0}


def shop(seed: int) -> FloatArray:
    """Return random customers, shape (4,000, 3): recency, frequency, monetary."""
    draw = np.random.default_rng(seed)
    recency, frequency = draw.integers(0, 180, CUSTOMERS), 1 + draw.poisson(2, CUSTOMERS)
    return np.column_stack([recency, frequency, draw.lognormal(6, 0.8, CUSTOMERS)]).astype(np.float64)


def plain_loop(points: FloatArray) -> list[float]:
    """Return the silhouette of each k, in the order of `KS`."""
    fits = (KMeans(k, n_init=1, max_iter=1000, random_state=42).fit(points) for k in KS)
    return [float(silhouette_score(points, fit.labels_)) for fit in fits]


def timed_round(rfm: FloatArray, points: FloatArray) -> tuple[float, float]:
    """Return the seconds of the segmenter and of the plain loop."""
    start = perf_counter()
    model = RFMSegmenter().fit(rfm)
    between = perf_counter()
    plain = plain_loop(points)
    end = perf_counter()
    np.testing.assert_allclose([score.silhouette for score in model.k_scores_], plain, atol=1e-9)
    return between - start, end - between


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    rfm = shop(0)
    model = RFMSegmenter().fit(rfm)
    points = model.scaler_.transform(rfm[model.labels_ >= 0])
    seconds = np.array([timed_round(rfm, points) for _ in range(ROUNDS)])
    ours, plain = np.median(seconds, axis=0)
    ratios = {"train_to_plain_loop": round(float(median(seconds[:, 0] / seconds[:, 1])), 3)}
    print(f"k in 2..12, {len(points):,} of {CUSTOMERS:,} customers in the core, median of {ROUNDS} rounds")
    print(f"  {'segmenter':<12}{ours:8.3f} s\n  {'plain loop':<12}{plain:8.3f} s")
    print(json.dumps({"ratios": ratios, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
