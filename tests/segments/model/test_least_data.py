import numpy as np
import pytest

from app.segments.model.features import FloatArray
from app.segments.model.least_data import LeastData
from app.segments.model.train import RFMSegmenter
from tests.segments.model.test_train import shop

LEAST = LeastData()


def with_noise(column: int, value: float, noise: float) -> FloatArray:
    """A shop with one feature that is a value and a little noise."""
    rows = shop()
    rows[:, column] = value + np.random.default_rng(1).uniform(0, noise, len(rows))
    return rows


def test_a_shop_has_enough_data() -> None:
    assert LEAST.reasons(shop()) == ()


def test_fewer_customers_than_the_least_are_too_few() -> None:
    reasons = [LEAST.reasons(shop(customers=count)) for count in (29, 30)]
    assert reasons == [("There are 29 customers; clusters need at least 30.",), ()]


def test_nobody_is_too_few() -> None:
    assert LEAST.reasons(np.empty((0, 3))) == ("There are 0 customers; clusters need at least 30.",)


@pytest.mark.parametrize("noise", [0.0, 1e-9])
@pytest.mark.parametrize(("column", "value"), [(0, 1.0), (1, 3.0), (2, 500.0)])
def test_noise_in_the_last_digits_is_no_spread(column: int, value: float, noise: float) -> None:
    assert len(LEAST.reasons(with_noise(column, value, noise))) == 1


def test_the_reason_names_the_feature() -> None:
    (reason,) = LEAST.reasons(with_noise(0, 1.0, 0))
    assert reason.startswith("The number of days since the last order is the same for every customer but outliers")


@pytest.mark.parametrize("noise", [0.0, 1e-9])
def test_everybody_who_bought_today_has_no_spread(noise: float) -> None:
    assert len(LEAST.reasons(with_noise(0, 0.0, noise))) == 1


def test_noise_makes_no_clusters() -> None:
    rows = np.full((200, 3), 7.0)
    rows[:, 0] += np.random.default_rng(1).uniform(0, 1e-9, 200)
    assert RFMSegmenter().fit(rows).k_ == 1


def test_noise_does_not_disturb_the_other_features() -> None:
    rows, noisy = with_noise(1, 3.0, 0), with_noise(1, 3.0, 1e-9)
    fits = [RFMSegmenter().fit(each) for each in (rows, noisy)]
    assert fits[0].k_scores_ == fits[1].k_scores_


def test_a_real_difference_is_spread() -> None:
    assert LEAST.reasons(with_noise(2, 500.0, 0.01)) == ()


def test_outliers_do_not_hide_that_the_rest_is_the_same() -> None:
    rows = with_noise(2, 500.0, 0)
    rows[:5, 2] = 90_000
    assert len(LEAST.reasons(rows)) == 1
