"""Gamma-gamma: published parameters of CDNOW, and the expected spend."""

import numpy as np
import pytest

from app.segments.model.clv.gamma_gamma import GammaGamma
from tests.segments.model.clv.cdnow import histories

PUBLISHED = {"p": 6.2488, "q": 3.7446, "v": 15.4477}
MODEL = GammaGamma(**PUBLISHED)


@pytest.fixture(scope="module")
def fitted() -> GammaGamma:
    found = histories()
    repeat = found.x > 0
    return GammaGamma.fit(found.x[repeat], found.spend[repeat])


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_of_cdnow_are_those_published(fitted: GammaGamma, name: str) -> None:
    assert getattr(fitted, name) == pytest.approx(PUBLISHED[name], abs=1e-3)


def test_expected_spend_is_between_that_of_the_customer_and_of_all() -> None:
    mean = MODEL.p * MODEL.v / (MODEL.q - 1)
    assert mean < MODEL.expected_spend(np.array([2.0]), np.array([100.0]))[0] < 100


def test_many_purchases_count_more_than_the_mean_of_all() -> None:
    assert MODEL.expected_spend(np.array([1e6]), np.array([100.0])) == pytest.approx([100.0], rel=1e-5)
