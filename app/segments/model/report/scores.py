"""Scores of predictions: share of variance explained and area under the ROC curve, with weights of customers."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from app.segments.model.features import FloatArray, IntArray
from app.segments.model.report.records import Interval

RESAMPLES: Final = 200
INTERVAL: Final = (0.025, 0.975)
FOLDS: Final = 5


def r_squared(actual: FloatArray, predicted: FloatArray, weights: FloatArray) -> float:
    """Return the share of the weighted variance of `actual` that is explained; NaN if it has none."""
    mean = weights @ actual / max(weights.sum(), 1.0)
    total = weights @ (actual - mean) ** 2
    return float(1 - weights @ (actual - predicted) ** 2 / total) if total > 0 else np.nan


def auc(actual: FloatArray, ranks: IntArray, weights: FloatArray) -> float:
    """Return the chance that a customer with `actual` 1 has a higher rank than one with 0; NaN without both kinds.

    Equal ranks count half.
    """
    found = np.bincount(ranks, weights * actual)
    others = np.bincount(ranks, weights * (1 - actual))
    pairs = found.sum() * others.sum()
    below = np.cumsum(others) - others / 2
    return float(found @ below / pairs) if pairs > 0 else np.nan


def ranks_of(predicted: FloatArray) -> IntArray:
    """Return the rank of each prediction, from 0; equal predictions have the same."""
    return np.unique(predicted, return_inverse=True)[1]


def folds(customers: int, random_state: int) -> IntArray:
    """Return the fold of each customer, shape (n,), in equal numbers."""
    return np.random.default_rng(random_state).permutation(customers) % FOLDS


def means_of_others(groups: IntArray, outcome: FloatArray, fold: IntArray) -> FloatArray:
    """Return for each customer the mean outcome of the same group in the other folds, shape (n,).

    A group without customers in other folds has the mean of all of them.
    """
    number = np.unique(groups, return_inverse=True)[1]
    predicted = np.empty(len(outcome))
    for each in range(FOLDS):
        others, own = fold != each, fold == each
        size = np.bincount(number[others], minlength=number.max() + 1)
        sums = np.bincount(number[others], outcome[others], minlength=number.max() + 1)
        means = np.where(size > 0, sums / np.maximum(size, 1), outcome[others].mean())
        predicted[own] = means[number[own]]
    return predicted


def line_of_others(score: FloatArray, outcome: FloatArray, fold: IntArray) -> FloatArray:
    """Return for each customer the outcome on the least-squares line over `score` of the other folds, shape (n,)."""
    predicted = np.empty(len(outcome))
    for each in range(FOLDS):
        others, own = fold != each, fold == each
        centred = score[others] - score[others].mean()
        slope = centred @ outcome[others] / max(centred @ centred, np.finfo(np.float64).tiny)
        predicted[own] = outcome[others].mean() + slope * (score[own] - score[others].mean())
    return predicted


def bootstrap(
    score: Callable[[FloatArray], Sequence[float]], customers: int, random_state: int, resamples: int = RESAMPLES
) -> list[Interval]:
    """Return the scores with equal weights, and the intervals over resamples of the customers.

    `score` returns the scores for the weights of the customers, shape (n,).
    """
    draw = np.random.default_rng(random_state)
    values = np.asarray(score(np.ones(customers)))
    drawn = [
        score(np.bincount(draw.integers(0, customers, customers), minlength=customers).astype(np.float64))
        for _ in range(resamples)
    ]
    low, high = (np.asarray(ends) for ends in np.quantile(np.asarray(drawn), INTERVAL, axis=0))
    return [Interval(*map(_defined, each)) for each in zip(values, low, high, strict=True)]


def _defined(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
