"""Bands of expected spend."""

from datetime import date
from itertools import combinations

import numpy as np

from app.segments.model.clv.bgnbd import BGNBD
from app.segments.model.clv.gamma_gamma import GammaGamma
from app.segments.model.clv.value import ValueModel
from app.segments.model.features import FloatArray
from app.segments.model.value_bands import ValueBands, band_edges, band_of, money_edges


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


def bands(*edges: float) -> ValueBands:
    model = ValueModel(BGNBD(0.2, 30, 0.8, 2.4, log_likelihood=0), GammaGamma(6.2, 3.7, 15.4))
    return ValueBands(model, 90, np.array(edges), date(2026, 3, 1))


def test_edges_in_money_are_distinct_cents_above_nothing() -> None:
    assert money_edges(np.array([0.0, 0.0, 0.01, 0.02, 0.03, 50.0])).tolist() == [0.01, 0.02, 1.22]


def test_a_spend_equal_to_an_edge_is_in_the_higher_band() -> None:
    assert bands(10.0, 20.0).bands(np.array([9.99, 10.0, 20.0])).tolist() == [10, 11, 12]


def test_with_fewer_edges_the_highest_band_is_twelve() -> None:
    assert bands().bands(np.array([0.0, 99.0])).tolist() == [12, 12]


def test_a_band_ends_at_the_edges_around_it() -> None:
    found = bands(10.0, 20.0)
    assert [tuple(found.range_of(band)) for band in (10, 11, 12)] == [(None, 10.0), (10.0, 20.0), (20.0, None)]
