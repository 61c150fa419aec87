"""Temporal holdout and calibration, on outcomes that are known."""

from datetime import date

import numpy as np
import pytest

from app.segments.model.features import FloatArray
from app.segments.model.report.calibration import calibrate
from app.segments.model.report.groupings import Groupings
from app.segments.model.report.holdout import CutOff, capped, score_schemes, total

CUSTOMERS = 300
DRAW = np.random.default_rng(2)
KIND = DRAW.integers(0, 3, CUSTOMERS)
SPEND: FloatArray = KIND.astype(np.float64) * 100
RETURNED: FloatArray = (KIND > 0).astype(np.float64)


def cut_off(**groups: object) -> CutOff:
    scored = {"past_rate": (SPEND * 3, SPEND)}
    groupings = Groupings({name: np.asarray(each) for name, each in groups.items()}, scored, None)
    return CutOff(date(2026, 1, 1), np.arange(CUSTOMERS), groupings, SPEND, RETURNED)


@pytest.fixture(scope="module")
def scores() -> dict[str, float | None]:
    """R² of spend of groups that know everything, of groups that know nothing, and of a score that knows it."""
    found = score_schemes([cut_off(kmeans=KIND, rules=DRAW.integers(0, 3, CUSTOMERS))], 0, resamples=5)
    return {each.scheme: each.r2_spend.value for each in found}


def test_groups_of_the_outcome_explain_it(scores: dict[str, float | None]) -> None:
    assert scores["kmeans"] == pytest.approx(1)


def test_random_groups_explain_nothing(scores: dict[str, float | None]) -> None:
    assert (scores["rules"] or 0) < 0.05


def test_a_score_in_proportion_to_the_outcome_explains_it(scores: dict[str, float | None]) -> None:
    assert scores["past_rate"] == pytest.approx(1)


def test_a_scheme_that_a_cut_off_lacks_is_left_out() -> None:
    found = score_schemes([cut_off(kmeans=KIND), cut_off(rules=KIND)], 0, resamples=2)
    assert [each.scheme for each in found] == ["past_rate"]


def test_spend_is_capped_at_its_99th_percentile() -> None:
    assert capped(np.arange(101.0)).max() == 99


def test_without_a_forecast_there_is_no_calibration() -> None:
    assert total(cut_off()).spend is None


def test_deciles_have_all_customers_from_the_lowest_prediction() -> None:
    found = calibrate(np.arange(25.0), np.arange(25.0) * 2)
    assert sum(each.customers for each in found.deciles) == 25
    assert (found.deciles[0].predicted, found.deciles[0].actual, found.ratio) == (1, 2, 0.5)


def test_without_purchases_there_is_no_ratio() -> None:
    assert calibrate(np.ones(3), np.zeros(3)).ratio is None
