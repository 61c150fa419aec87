"""Scores of predictions."""

import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from app.segments.model.report.scores import (
    auc,
    bootstrap,
    folds,
    line_of_others,
    means_of_others,
    r_squared,
    ranks_of,
)

DRAW = np.random.default_rng(3)
ACTUAL = DRAW.integers(0, 2, 200).astype(float)
PREDICTED = np.round(ACTUAL * 0.3 + DRAW.random(200), 1)
ONES = np.ones(200)


def test_r_squared_is_that_of_scikit_learn() -> None:
    assert r_squared(ACTUAL, PREDICTED, ONES) == pytest.approx(r2_score(ACTUAL, PREDICTED))


def test_auc_is_that_of_scikit_learn() -> None:
    assert auc(ACTUAL, ranks_of(PREDICTED), ONES) == pytest.approx(roc_auc_score(ACTUAL, PREDICTED))


def test_a_weight_counts_a_customer_as_often() -> None:
    weights = DRAW.integers(0, 4, 200)
    repeated = np.repeat(ACTUAL, weights), np.repeat(PREDICTED, weights)
    assert auc(ACTUAL, ranks_of(PREDICTED), weights.astype(float)) == pytest.approx(roc_auc_score(*repeated))
    assert r_squared(ACTUAL, PREDICTED, weights.astype(float)) == pytest.approx(r2_score(*repeated))


def test_without_both_outcomes_there_is_no_score() -> None:
    found = bootstrap(
        lambda weights: [auc(ONES, ranks_of(PREDICTED), weights), r_squared(ONES, ONES, weights)], 200, 0, 3
    )
    assert [(each.value, each.low, each.high) for each in found] == [(None, None, None)] * 2


def test_the_value_is_in_its_interval() -> None:
    (found,) = bootstrap(lambda weights: [r_squared(ACTUAL, PREDICTED, weights)], 200, 0)
    assert found.low is not None
    assert found.value is not None
    assert found.high is not None
    assert found.low < found.value < found.high


@pytest.mark.parametrize("learn", [means_of_others, line_of_others])
def test_the_own_outcome_is_not_known(learn: object) -> None:
    assert callable(learn)
    fold, column = folds(200, 0), DRAW.integers(0, 4, 200)
    score = column if learn is means_of_others else column.astype(float)
    changed = ACTUAL.copy()
    changed[7] = 1 - changed[7]
    assert learn(score, changed, fold)[7] == pytest.approx(learn(score, ACTUAL, fold)[7])


def test_a_group_without_others_has_the_mean_of_all_others() -> None:
    fold, groups = folds(200, 0), np.zeros(200, dtype=np.int64)
    groups[7] = 1
    others = ACTUAL[fold != fold[7]]
    assert means_of_others(groups, ACTUAL, fold)[7] == pytest.approx(others.mean())
