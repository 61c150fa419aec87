"""Benchmark of fits: a small shop relative to a loop of plain fits, and a million customers relative to one fit.

Small: 4,000 customers, relative to a loop of KMeans and silhouette_score for k in 2..12, which fits the same core with
the same seed; measured alternately. The segmenter also finds outliers, scales, scores and labels. Its silhouettes must
equal those of the loop to nine digits.

Large: a warm start from the curve of an earlier fit, as in a daily training, relative to one KMeans fit (n_init=1) of
the chosen k to the same core with as many threads as there are cores; in a separate process, with its peak memory.
Labels are compared with those of the full curve: as many starts for every k, on the whole core.

    python -m benchmarks.train [--customers 1000000] [--rounds 3]
"""

import argparse
import json
import multiprocessing
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from app.segments.model.features import FloatArray
from app.segments.model.train import RFMSegmenter

SMALL = 4_000
SMALL_ROUNDS = 7
KS = range(2, 13)
CURVE_SAMPLE = 50_000
STARTS = 3
BOUNDS = {
    "train_to_plain_loop": 1.0,
    "fit_seconds": 2.5,
    "ari_to_full_curve_min": 0.99,
    "same_k_min": 1,
    "peak_memory_mb": 1_000,
}


def shop(seed: int) -> FloatArray:
    """Return random customers, shape (4,000, 3): recency, frequency, monetary."""
    draw = np.random.default_rng(seed)
    recency, frequency = draw.integers(0, 180, SMALL), 1 + draw.poisson(2, SMALL)
    return np.column_stack([recency, frequency, draw.lognormal(6, 0.8, SMALL)]).astype(np.float64)


def groups(customers: int, seed: int) -> FloatArray:
    """Return random customers of four kinds: regular, occasional, lapsed and large ones, shape (n, 3)."""
    draw = np.random.default_rng(seed)
    kinds = np.array([[15, 6, 900], [30, 1.5, 250], [130, 1.3, 230], [25, 4, 2_200]])
    kind = draw.choice(len(kinds), customers, p=[0.2, 0.35, 0.3, 0.15])
    recency = draw.gamma(3, kinds[kind, 0] / 3).round()
    frequency = 1 + draw.poisson(kinds[kind, 1] - 1)
    return np.column_stack([recency, frequency, draw.lognormal(np.log(kinds[kind, 2]), 0.35).round(2)])


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


def small() -> dict[str, float]:
    """Measure the fit of a small shop."""
    rfm = shop(0)
    model = RFMSegmenter().fit(rfm)
    points = model.scaler_.transform(rfm[model.labels_ >= 0])
    seconds = np.array([timed_round(rfm, points) for _ in range(SMALL_ROUNDS)])
    ours, plain = np.median(seconds, axis=0)
    print(f"k in 2..12, {len(points):,} of {SMALL:,} customers in the core, median of {SMALL_ROUNDS} rounds")
    print(f"  {'segmenter':<12}{ours:8.3f} s\n  {'plain loop':<12}{plain:8.3f} s")
    return {"train_to_plain_loop": round(float(median(seconds[:, 0] / seconds[:, 1])), 3)}


def large(customers: int, rounds: int) -> dict[str, float]:
    """Measure the daily fit of many customers, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        warm, labels, seconds, k, peak = pool.apply(_daily_fit, (customers, rounds))
        full_k, full_labels = pool.apply(_full_curve, (customers, warm))
    ours, processor, one = np.median(seconds, axis=0)
    ratio = median((seconds[:, 0] / seconds[:, 2]).tolist())
    ari = adjusted_rand_score(full_labels, labels)
    print(f"{customers:,} customers, k = {k} (full curve {full_k}), peak {peak:.0f} MB, median of {rounds} rounds")
    print(f"  {'segmenter':<12}{ours:8.2f} s, {processor:.2f} s of processor time")
    print(f"  {'one fit':<12}{one:8.2f} s\n  adjusted Rand index {ari:.4f}")
    return {
        "fit_seconds": round(float(ours), 2),
        "fit_processor_seconds": round(float(processor), 2),
        "fit_to_one_kmeans": round(ratio, 2),
        "ari_to_full_curve_min": round(float(ari), 4),
        "same_k_min": int(k == full_k),
        "peak_memory_mb": round(peak),
    }


def _daily_fit(customers: int, rounds: int) -> tuple[dict[int, FloatArray], Any, Any, int, float]:
    """Return warm starts, labels, seconds (segmenter, its processor time, one fit) of each round, k, and peak in MB."""
    ids = [f"{number:09}" for number in range(customers)]
    segmenter = RFMSegmenter(curve_sample=CURVE_SAMPLE, starts=STARTS)
    warm = segmenter.fit(groups(customers, 1), customer_id=ids).curve_
    rfm, seconds = groups(customers, 2), []
    for _ in range(rounds):
        start, processor = perf_counter(), process_time()
        segmenter.fit(rfm, customer_id=ids, warm=warm)
        seconds.append((perf_counter() - start, process_time() - processor))
    peak = _peak_megabytes()
    points = segmenter.scaler_.transform(rfm[segmenter.labels_ >= 0])
    both = []
    for ours in seconds:
        start = perf_counter()
        KMeans(segmenter.k_, n_init=1, max_iter=1000, random_state=42).fit(points)
        both.append((*ours, perf_counter() - start))
    return warm, segmenter.labels_, np.array(both), segmenter.k_, peak


def _full_curve(customers: int, warm: dict[int, FloatArray]) -> tuple[int, Any]:
    """Return k and labels of the fit without a sample."""
    full = RFMSegmenter(starts=STARTS).fit(groups(customers, 2), warm=warm)
    return full.k_, full.labels_


def _peak_megabytes() -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    ratios = {**small(), **large(arguments.customers, arguments.rounds)}
    print(json.dumps({"ratios": ratios, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
