"""BG/NBD: published parameters and numbers, and closed forms against their definitions."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta

from app.segments.model.clv.bgnbd import BGNBD
from app.segments.model.clv.histories import Histories
from tests.segments.model.clv.cdnow import histories

PUBLISHED = {"r": 0.24259, "alpha": 4.41353, "a": 0.79289, "b": 2.42575}
EVERY = Histories(np.array([0.0, 1.0, 2.0, 40.0]), np.array([0.0, 2.0, 30.43, 38.0]), np.full(4, 38.86), np.zeros(4))
MODEL = BGNBD(**PUBLISHED, log_likelihood=0.0)


@pytest.fixture(scope="module")
def fitted() -> BGNBD:
    return BGNBD.fit(histories())


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_of_cdnow_are_those_published(fitted: BGNBD, name: str) -> None:
    assert getattr(fitted, name) == pytest.approx(PUBLISHED[name], abs=1e-3)


def test_log_likelihood_of_cdnow_is_the_published_one(fitted: BGNBD) -> None:
    assert fitted.log_likelihood == pytest.approx(-9582.43, abs=1e-2)


def test_parameters_do_not_depend_on_the_unit_of_time(fitted: BGNBD) -> None:
    weeks = histories()
    days = BGNBD.fit(Histories(weeks.x, weeks.t_x * 7, weeks.t * 7, weeks.spend))
    assert (days.r, days.alpha / 7) == pytest.approx((fitted.r, fitted.alpha), rel=1e-3)


def test_expected_purchases_of_the_example_are_the_published_ones() -> None:
    one = Histories(*(np.array([value]) for value in (2.0, 30.43, 38.86, 0.0)))
    assert MODEL.expected_purchases(one, 39) == pytest.approx([1.226], abs=1e-3)


@pytest.mark.parametrize("model", [MODEL, replace(MODEL, a=1.0), replace(MODEL, a=0.05, b=4.0)])
def test_expected_purchases_of_the_living_are_the_mean_over_dropouts(model: BGNBD) -> None:
    dropouts = beta(model.a, model.b + 2)

    def purchases(dropout: float) -> float:
        stays = (model.alpha + 38.86) / (model.alpha + 38.86 + dropout * 39)
        return float((1 - stays ** (model.r + 2)) / dropout * dropouts.pdf(dropout))

    mean, _ = quad(purchases, 0, 1, epsabs=1e-6)
    assert model.expected_purchases(EVERY, 39)[2] == pytest.approx(mean * model.p_alive(EVERY)[2], rel=2e-3)


def test_expected_purchases_with_much_dropout_are_the_mean_over_dropouts() -> None:
    much = BGNBD(r=0.29, alpha=0.088, a=300.9, b=1096.6, log_likelihood=0.0)
    one = Histories(*(np.array([value]) for value in (2.0, 30.0, 31.0, 0.0)))
    dropouts = beta(much.a, much.b + 2)

    def purchases(dropout: float) -> float:
        stays = (much.alpha + 31) / (much.alpha + 31 + dropout * 1e4)
        return float((1 - stays ** (much.r + 2)) / dropout * dropouts.pdf(dropout))

    mean, _ = quad(purchases, 0, 1, points=[0.2, 0.215, 0.23], epsabs=1e-6)
    assert much.expected_purchases(one, 1e4) == pytest.approx(mean * much.p_alive(one), rel=5e-3)


def test_without_dropout_the_expected_purchases_are_those_of_the_rate() -> None:
    steady = replace(MODEL, a=1e-5, b=1e5)
    assert steady.expected_purchases(EVERY, 39) == pytest.approx((steady.r + EVERY.x) / (steady.alpha + 38.86) * 39)


def test_without_repeat_purchases_everyone_is_alive() -> None:
    assert MODEL.p_alive(EVERY)[0] == 1


def test_chance_to_buy_is_that_of_the_living_by_the_rate() -> None:
    waits = (MODEL.alpha + EVERY.t) / (MODEL.alpha + EVERY.t + 90)
    assert MODEL.p_buys(EVERY, 90) == pytest.approx(MODEL.p_alive(EVERY) * (1 - waits ** (MODEL.r + EVERY.x)))


def test_by_the_median_wait_half_of_them_have_bought() -> None:
    waits = MODEL.median_wait(EVERY)
    chances = [MODEL.p_buys(EVERY, wait)[each] for each, wait in enumerate(waits) if np.isfinite(wait)]
    assert chances == pytest.approx([0.5] * len(chances))


def test_who_is_probably_gone_never_buys_again() -> None:
    gone = Histories(np.array([9.0]), np.array([1.0]), np.array([38.0]), np.zeros(1))
    assert MODEL.median_wait(gone).tolist() == [np.inf]


@pytest.mark.parametrize(("a", "shown"), [(0.0204, False), (0.0205, True)])
def test_alive_is_shown_from_a_dropout_of_two_percent(a: float, shown: bool) -> None:
    assert BGNBD(1, 1, a, 1, 0).is_alive_shown == shown
