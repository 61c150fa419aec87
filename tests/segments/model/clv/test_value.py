"""CLV of customers: the product of purchases and spend, and the reasons for none."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from app.segments.model.clv.bgnbd import BGNBD
from app.segments.model.clv.gamma_gamma import GammaGamma
from app.segments.model.clv.histories import Histories, distinct_rows
from app.segments.model.clv.value import ValueModel, too_little_data

MODEL = ValueModel(BGNBD(0.24, 4.4, 0.79, 2.4, 0.0), GammaGamma(6.2, 3.7, 15.4))


def bought(customers: int, days: float, spend: float = 10.0) -> Histories:
    """Histories with one repeat purchase each."""
    ones = np.ones(customers)
    return Histories(ones, ones * days / 2, ones * days, ones * spend)


@pytest.mark.parametrize(
    ("histories", "reason"),
    [
        (bought(99, 60), "too little data: 99 customers ordered twice or more, 100 are needed"),
        (bought(100, 59), "too little data: sales of 59 days, 60 are needed"),
        (bought(100, 60, spend=0), "too little data: no customer has spent money"),
        (bought(0, 60), "too little data: 0 customers ordered twice or more, 100 are needed"),
        (bought(100, 60), None),
    ],
)
def test_too_little_data_is_a_reason(histories: Histories, reason: str | None) -> None:
    assert too_little_data(histories) == reason


def test_clv_is_purchases_times_spend() -> None:
    histories = Histories(np.array([1.0, 3.0]), np.array([5.0, 9.0]), np.array([20.0, 20.0]), np.array([10.0, 30.0]))
    forecast = MODEL.forecast(histories, 90)
    spend = MODEL.money.expected_spend(np.array([2.0, 4.0]), histories.spend)
    assert forecast.spend == pytest.approx(MODEL.purchases.expected_purchases(histories, 90) * spend)


def test_equal_histories_have_the_forecast_of_one() -> None:
    histories = bought(3, 60)
    assert MODEL.forecast(histories).p_buys == pytest.approx(MODEL.purchases.p_buys(histories, 90))


def test_a_fit_without_variance_is_finite() -> None:
    forecast = ValueModel.fit(bought(100, 60)).forecast(bought(100, 60))
    assert np.isfinite(forecast.spend).all()


def test_histories_are_those_of_the_features() -> None:
    found = Histories.from_rfm(np.array([[3.0, 4.0, 100.0], [5.0, 1.0, -2.0]]), np.array([10.0, 5.0]))
    assert [each.tolist() for each in (found.x, found.t_x, found.t, found.spend)] == [[3, 0], [7, 0], [10, 5], [25, 0]]


def test_distinct_rows_lead_back_to_every_row() -> None:
    columns = np.random.default_rng(0).integers(0, 3, (3, 50)).astype(float)
    distinct, counts, row_of = distinct_rows(*columns)
    assert np.array_equal(np.stack(distinct)[:, row_of], columns)
    assert counts.sum() == 50


def test_a_fit_has_the_same_bits_with_any_number_of_threads() -> None:
    random = np.random.default_rng(1)
    x, t_x = random.geometric(0.5, 30_000).astype(np.float64) - 1, 200 * random.random(30_000)
    histories = Histories(x, np.where(x > 0, t_x, 0), t_x + 100 * random.random(30_000), random.gamma(3, 20, 30_000))

    def fitted(threads: int) -> object:
        with threadpool_limits(threads):
            return ValueModel.fit(histories).to_json()

    assert fitted(1) == fitted(2)
