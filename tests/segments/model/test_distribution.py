"""Quartiles, whiskers and histograms, compared with plain Python."""

from decimal import Decimal
from itertools import pairwise
from statistics import quantiles

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.segments.model.distribution import BINS, Distribution, measure_distribution

days = st.lists(st.integers(0, 2_000), min_size=2, max_size=60)
cents = st.lists(st.integers(-5_000, 10**9), min_size=2, max_size=60)


def of_days(*values: int) -> Distribution:
    return measure_distribution(np.array(values, dtype=np.float64))


def of_money(values: list[int]) -> Distribution:
    """The distribution of amounts, given in cents."""
    amounts = np.array([float(Decimal(value) / 100) for value in values])
    return measure_distribution(amounts, steps=100, may_be_log=True)


def counted(values: list[int], edges: list[int]) -> list[int]:
    """Values below, in each bin, and from the last edge up."""
    ends = [-(10**18), *edges, 10**18]
    return [sum(low <= value < high for value in values) for low, high in pairwise(ends)]


@given(days)
def test_quartiles_and_whiskers_are_those_of_plain_python(values: list[int]) -> None:
    found = of_days(*values)
    q1, median, q3 = quantiles(values, n=4, method="inclusive")
    assert (found.q1, found.median, found.q3) == pytest.approx((q1, median, q3))
    reach = 1.5 * (q3 - q1)
    inside = [value for value in values if q1 - reach <= value <= q3 + reach]
    assert (found.whisker_low, found.whisker_high) == (min(inside), max(inside))
    assert (found.minimum, found.maximum) == (min(values), max(values))


@given(days)
def test_every_day_is_in_the_bin_of_its_edges(values: list[int]) -> None:
    found = of_days(*values)
    assert [found.below, *found.counts, found.above] == counted(values, [int(edge) for edge in found.edges])


@given(cents)
def test_every_amount_is_in_the_bin_of_its_edges(values: list[int]) -> None:
    found = of_money(values)
    edges = [round(edge * 100) for edge in found.edges]
    assert [found.below, *found.counts, found.above] == counted(values, edges)
    assert (edges == sorted(set(edges)), len(found.counts) <= BINS) == (True, True)


@given(cents)
def test_the_bins_reach_from_whisker_to_whisker(values: list[int]) -> None:
    found = of_money(values)
    assert found.edges[0] == found.whisker_low
    assert found.edges[-1] > found.whisker_high


def test_one_value_has_one_bin() -> None:
    found = of_days(7, 7, 7)
    assert (found.edges, found.counts, found.below, found.above) == ([7, 8], [3], 0, 0)


def test_values_beyond_the_whiskers_are_counted_outside_the_bins() -> None:
    found = of_days(*range(100, 120), 0, 500, 501)
    assert (found.whisker_low, found.whisker_high, found.below, found.above) == (100, 119, 1, 2)


def test_wide_amounts_have_bins_that_grow_by_a_factor() -> None:
    found = of_money([100 * 2**n for n in range(12)])
    assert (found.scale, len(found.counts)) == ("log", BINS)
    ratios = np.array(found.edges[1:]) / np.array(found.edges[:-1])
    assert ratios == pytest.approx(ratios[0], abs=0.02)


@pytest.mark.parametrize("values", [[1_000, 2_000, 9_000], [-100, 5, 100_000]], ids=["narrow", "negative"])
def test_other_amounts_have_bins_of_one_width(values: list[int]) -> None:
    found = of_money(values)
    assert found.scale == "linear"
    assert np.diff(found.edges) == pytest.approx(np.diff(found.edges)[0], abs=0.001)
