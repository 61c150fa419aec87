"""Customers: when they come, how often they buy, for how much, and when they are lost."""

from datetime import date

import numpy as np
import pytest

from app.prepare.generator.customers import Habits, Population, draw_customers, trade_factor
from tests.prepare.generator.rows import MONDAY


def test_a_saturday_has_few_sales() -> None:
    assert trade_factor(date(2025, 6, 7)) < 0.1 * trade_factor(MONDAY)


def test_november_sells_twice_as_much_as_january() -> None:
    assert trade_factor(date(2025, 11, 17)) > 2 * trade_factor(date(2025, 1, 13))


def test_seasons_join_at_the_new_year() -> None:
    assert trade_factor(date(2024, 12, 31)) == pytest.approx(trade_factor(date(2025, 1, 7)), rel=0.15)


def people(count: int, habits: Habits) -> Population:
    """Customers of whom none has bought yet, and next to none joins."""
    customers = Population(1, habits, np.random.default_rng(1))
    customers.active = draw_customers(count, habits, np.random.default_rng(2))
    customers.active["id"] = np.arange(count)
    return customers


def test_rates_of_ordering_are_gamma_distributed() -> None:
    rates = draw_customers(100_000, Habits(rate_shape=0.5, rate_days=28), np.random.default_rng(1))["rate"]
    assert (rates.mean() * 28, rates.var() * 28**2) == pytest.approx((0.5, 0.5), rel=0.05)


def test_orders_of_a_day_are_poisson() -> None:
    customers = people(20_000, Habits(rate_shape=1e4, rate_days=1e5, dropout_b=1e6))
    counts = [len(customers.orders(0.5, np.random.default_rng(seed))) for seed in range(400)]
    assert (np.mean(counts), np.var(counts)) == pytest.approx((1000, 1000), rel=0.2)


def test_twice_the_trade_is_twice_the_orders() -> None:
    orders = [len(people(50_000, Habits()).orders(trade, np.random.default_rng(3))) for trade in (1.0, 2.0)]
    assert orders[1] == pytest.approx(2 * orders[0], rel=0.1)


def test_a_customer_who_drops_out_at_every_other_order_orders_twice() -> None:
    customers = people(2000, Habits(rate_shape=500, rate_days=5000, dropout_a=500, dropout_b=500))
    rng = np.random.default_rng(1)
    assert sum(len(customers.orders(1.0, rng)) for _ in range(150)) == pytest.approx(4000, rel=0.05)


def test_customers_who_dropped_out_are_removed() -> None:
    customers = people(2000, Habits(rate_shape=500, rate_days=500, dropout_a=1e6, dropout_b=1))
    for seed in range(12):
        customers.orders(1.0, np.random.default_rng(seed))
    assert len(customers.active) < 10


def test_some_customers_dropped_out_before_the_first_day() -> None:
    alive = len(Population(10_000, Habits(), np.random.default_rng(1)).active)
    assert alive == pytest.approx(7750, rel=0.05)


def test_every_newcomer_orders_on_the_first_day() -> None:
    customers = Population(73_000, Habits(rate_days=1e9), np.random.default_rng(1))
    assert len(customers.orders(1.0, np.random.default_rng(2))) == pytest.approx(100, rel=0.3)


def test_ids_are_given_once() -> None:
    customers = Population(10_000, Habits(), np.random.default_rng(1))
    for seed in range(30):
        customers.orders(1.0, np.random.default_rng(seed))
    assert len(np.unique(customers.active["id"])) == len(customers.active)


def test_spend_has_the_mean_of_the_gamma_gamma_model() -> None:
    orders = people(400_000, Habits(worth_shape=6.0)).orders(5.0, np.random.default_rng(1))
    assert orders["spend"].mean() == pytest.approx(2.3 * 330 / 5, rel=0.03)


def test_spend_differs_more_between_customers_than_within() -> None:
    often = people(2000, Habits(rate_shape=1e4, rate_days=1e3, dropout_b=1e6))
    orders = often.orders(5.0, np.random.default_rng(1))
    within = [orders["spend"][orders["customer"] == who].std() for who in range(200)]
    assert np.median(within) < 0.8 * orders["spend"].std()
