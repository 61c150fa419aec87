"""RFM scores."""

import numpy as np
import pytest

from app.segments.model.rfm_scores import RFMScores, cells, value_scores

DECLARED = RFMScores.from_json(
    {"recency": [10, 20, 30, 40], "frequency": [1, 2, 3, 4], "monetary": [100, 200, 300, 400]}
)
RFM = np.array([[1.0, 1.0, n] for n in range(70)] + [[1.0, 2.0 + n, n] for n in range(30)])


@pytest.mark.parametrize(
    ("customer", "scores"), [([5, 9, 999], [5, 5, 5]), ([99, 1, 1], [1, 1, 1]), ([20, 3, 250], [4, 3, 3])]
)
def test_scores_are_by_cut_points(customer: list[float], scores: list[int]) -> None:
    assert DECLARED.score(np.array([customer], dtype=float)).tolist() == [scores]


def test_quantiles_divide_distinct_values_into_fifths() -> None:
    rfm = np.repeat(np.arange(1.0, 101.0)[:, None], 3, axis=1)
    counts = [np.bincount(column)[1:].tolist() for column in RFMScores.by_quantiles(rfm).score(rfm).T]
    assert counts == [[20] * 5] * 3


def test_customers_of_one_order_have_the_lowest_score_of_frequency() -> None:
    assert set(RFMScores.by_quantiles(RFM).score(RFM)[:70, 1].tolist()) == {1}


def test_declared_cut_points_replace_the_quintiles_of_their_feature() -> None:
    plain, declared = RFMScores.by_quantiles(RFM), RFMScores.by_quantiles(RFM, {"frequency": (2, 3, 4, 5)})
    assert declared.to_json() == {**plain.to_json(), "frequency": [2, 3, 4, 5]}


def test_a_score_of_value_is_the_mean_of_frequency_and_monetary_rounded_up() -> None:
    assert value_scores(np.array([[5, 5, 4], [1, 1, 1], [3, 2, 4]])).tolist() == [5, 1, 3]


def test_a_cell_is_the_three_scores() -> None:
    assert cells(np.array([[5, 1, 3]])).tolist() == [513]


def test_the_range_of_a_score_has_the_values_with_this_score() -> None:
    scores = RFMScores(np.array([[9, 20, 39, 70], [1, 1, 2, 4], [10, 20, 30, 40]], dtype=np.float64))
    assert scores.ranges((5, 3, 1)) == ((None, 9), (1, 2), (None, 10))
