"""RFM scores and groups."""

from itertools import product

import numpy as np
import pytest

from app.segments.model.rfm_scores import GROUPS, RFMScores, cells, groups

CUTS = [[10, 20, 30, 40], [1, 2, 3, 4], [100, 200, 300, 400]]
DECLARED = RFMScores.declared(CUTS)


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
    rfm = np.array([[1.0, 1.0, n] for n in range(70)] + [[1.0, 2.0 + n, n] for n in range(30)])
    assert set(RFMScores.by_quantiles(rfm).score(rfm)[:70, 1].tolist()) == {1}


@pytest.mark.parametrize("cuts", [[[10, 9, 30, 40], *CUTS[1:]], CUTS[:2], [[1, 2, 3, float("nan")], *CUTS[1:]]])
def test_cut_points_that_cross_are_refused(cuts: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="cut points"):
        RFMScores.declared(cuts)


def test_every_group_has_scores() -> None:
    every = np.array(list(product(range(1, 6), repeat=3)))
    assert set(groups(every).tolist()) == set(range(len(GROUPS)))


@pytest.mark.parametrize(
    ("scores", "name"),
    [([5, 5, 4], "champions"), ([1, 1, 1], "lost"), ([1, 5, 5], "cant-lose"), ([5, 1, 1], "new-customers")],
)
def test_a_group_is_that_of_recency_and_value(scores: list[int], name: str) -> None:
    assert GROUPS[groups(np.array([scores]))[0]] == name


def test_a_cell_is_the_three_scores() -> None:
    assert cells(np.array([[5, 1, 3]])).tolist() == [513]
