"""Temporal holdout: how much the groups of a past day say about the spend and the return of customers afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from app.segments.model.features import FloatArray, IntArray
from app.segments.model.report.calibration import calibrate
from app.segments.model.report.groupings import Groupings
from app.segments.model.report.records import GROUPED, SCHEMES, CutOffTotals, SchemeScore
from app.segments.model.report.scores import (
    RESAMPLES,
    auc,
    bootstrap,
    folds,
    line_of_others,
    means_of_others,
    r_squared,
    ranks_of,
)
from app.segments.model.report.stability import one_thread

SCORES: Final = 3
"""R² of spend, R² of return, AUC of return."""
CAP: Final = 0.99
"""Quantile at which spend is capped: raw spend hangs on a handful of customers."""


@dataclass(frozen=True, eq=False)
class CutOff:
    """A past day, its customers, and what they did afterwards.

    Attributes:
        as_of: the day.
        customers: number of each customer among those of all cut-offs, shape (n,).
        groupings: groups and scores by what was known on the day.
        spend: money within the horizon, shape (n,); returned: 1 for a sale within it, else 0, shape (n,).
    """

    as_of: date
    customers: IntArray
    groupings: Groupings
    spend: FloatArray
    returned: FloatArray


@dataclass(frozen=True, eq=False)
class _Predictions:
    spend: FloatArray
    returned: FloatArray
    ranks: IntArray


def score_schemes(cut_offs: Sequence[CutOff], random_state: int, resamples: int = RESAMPLES) -> list[SchemeScore]:
    """Return the scores of every scheme that all cut-offs have.

    Group means are those of other customers at the same cut-off (cross-fitting), so that the scores say whether a
    scheme ranks customers, not whether it foretells the level of their spend. The intervals resample customers, each
    with all of the cut-offs.
    """
    customers = 1 + max(int(each.customers.max()) for each in cut_offs)
    schemes = [scheme for scheme in SCHEMES if all(_has(each.groupings, scheme) for each in cut_offs)]
    predictions = [[_predict(each, scheme, random_state) for scheme in schemes] for each in cut_offs]
    with one_thread():
        intervals = bootstrap(_scorer(cut_offs, predictions), customers, random_state, resamples)
    return [
        SchemeScore(scheme, _mean_groups(cut_offs, scheme), *intervals[SCORES * number : SCORES * (number + 1)])
        for number, scheme in enumerate(schemes)
    ]


def total(cut_off: CutOff) -> CutOffTotals:
    """Return the outcomes at a cut-off, and the forecasts of them."""
    forecast = cut_off.groupings.forecast
    return CutOffTotals(
        cut_off.as_of,
        len(cut_off.spend),
        float(cut_off.returned.mean()),
        float(np.quantile(cut_off.spend, CAP)),
        None if forecast is None else calibrate(forecast.spend, cut_off.spend),
        None if forecast is None else calibrate(forecast.p_buys, cut_off.returned),
    )


def capped(values: FloatArray) -> FloatArray:
    """Return the values, at most their 99th percentile."""
    return np.minimum(values, np.quantile(values, CAP))


def _has(groupings: Groupings, scheme: str) -> bool:
    return scheme in groupings.groups or scheme in groupings.scores


def _mean_groups(cut_offs: Sequence[CutOff], scheme: str) -> float | None:
    if scheme not in GROUPED:
        return None
    return float(np.mean([len(np.unique(each.groupings.groups[scheme])) for each in cut_offs]))


def _predict(cut_off: CutOff, scheme: str, random_state: int) -> _Predictions:
    fold = folds(len(cut_off.spend), random_state)
    spend = capped(cut_off.spend)
    if scheme in GROUPED:
        groups = cut_off.groupings.groups[scheme]
        returned = means_of_others(groups, cut_off.returned, fold)
        return _Predictions(means_of_others(groups, spend, fold), returned, ranks_of(returned))
    by_spend, by_return = cut_off.groupings.scores[scheme]
    returned = line_of_others(capped(by_return), cut_off.returned, fold)
    return _Predictions(line_of_others(capped(by_spend), spend, fold), returned, ranks_of(by_return))


def _scorer(
    cut_offs: Sequence[CutOff], predictions: Sequence[Sequence[_Predictions]]
) -> Callable[[FloatArray], Sequence[float]]:
    """Return the function from weights of the customers to R² of spend, R² of return and AUC of return, by scheme."""
    spends = [capped(each.spend) for each in cut_offs]

    def score(weights: FloatArray) -> list[float]:
        scores = [
            [
                value
                for found in schemes
                for value in (
                    r_squared(spend, found.spend, own),
                    r_squared(cut_off.returned, found.returned, own),
                    auc(cut_off.returned, found.ranks, own),
                )
            ]
            for cut_off, schemes, spend in zip(cut_offs, predictions, spends, strict=True)
            for own in (weights[cut_off.customers],)
        ]
        means: list[float] = np.mean(scores, axis=0).tolist()
        return means

    return score
