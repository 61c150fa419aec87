"""Bands of expected spend."""

from itertools import combinations

import numpy as np

from app.segments.model.features import FloatArray
from app.segments.model.value_bands import band_edges, band_of


def deviation(spend: FloatArray, edges: FloatArray) -> float:
    """Sum of squared deviations of the logarithm within bands."""
    logs, bands = np.log(spend), band_of(spend, edges)
    return float(sum(((logs[bands == each] - logs[bands == each].mean()) ** 2).sum() for each in np.unique(bands)))


def test_the_breaks_are_the_best_of_all() -> None:
    spend = np.sort(np.random.default_rng(1).lognormal(4, 1, 14))
    middles = np.sqrt(spend[1:] * spend[:-1])
    best = min(deviation(spend, np.array(edges)) for edges in combinations(middles, 3))
    assert np.isclose(deviation(spend, band_edges(spend, 4)), best)


def test_a_band_begins_where_spend_leaps() -> None:
    assert band_of(np.array([9.0, 11.0, 990.0, 1010.0]), band_edges(np.array([10.0, 1000.0]), 2)).tolist() == [
        0,
        0,
        1,
        1,
    ]


def test_many_customers_are_in_twelve_bands() -> None:
    spend = np.random.default_rng(1).lognormal(4, 1, 5_000)
    assert len(np.unique(band_of(spend, band_edges(spend)))) == 12


def test_there_are_no_more_bands_than_values() -> None:
    assert len(band_edges(np.array([5.0, 5.0, 7.0]))) == 1
