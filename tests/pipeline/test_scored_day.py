"""Day for which customers are scored: days that are refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.errors import Misconfigured
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.champion import promote, roll_back
from app.pipeline.refit_value import refit_value
from app.pipeline.rescore import rescore_customers
from app.pipeline.retrain import retrain
from app.settings import Settings
from tests.loading import change, query
from tests.segments.shop import AS_OF, SHOP, customer, segments, stock

FIRST, SECOND, THIRD = (UUID(int=number) for number in (1, 2, 3))
NEWEST_SALE, DAY = AS_OF - timedelta(days=1), timedelta(days=1)
FITTED = """update segments.model set forecast = '{"purchases": {}, "spend": {}}'"""


def run(job: Any) -> Run:
    return Run(uuid4(), job)


def on(context: Context, day: date) -> Context:
    """Return the context with a day that counts as today."""
    return replace(context, settings=context.settings.model_copy(update={"as_of": day}))


ACTIONS: dict[str, Callable[[Context, date], object]] = {
    "rescore": lambda context, day: rescore_customers(context, run("rescore"), day),
    "retrain": lambda context, day: retrain(context, run("retrain"), day),
    "promote": lambda context, day: promote(on(context, day), run("promote"), THIRD),
    "roll_back": lambda context, day: roll_back(on(context, day), run("roll_back"), FIRST),
    "refit_value": lambda context, day: refit_value(context, run("refit_value"), day),
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"model_policy": "stable"})


@pytest.fixture
def shop(context: Context) -> Context:
    """Return a shop of an earlier champion, a champion of AS_OF and a challenger; the clock is a month later."""
    context = replace(context, clock=lambda: datetime(2026, 4, 1, 12, tzinfo=UTC))
    stock(context.engine, *SHOP)
    retrain(context, Run(FIRST, "retrain"), AS_OF)
    retrain(context, Run(SECOND, "retrain"), AS_OF, is_forced=True)
    retrain(context, Run(THIRD, "retrain"), AS_OF)
    return context


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (NEWEST_SALE - DAY, f"before the newest sale that counts, of {NEWEST_SALE}; give that day"),
        (NEWEST_SALE, f"before {AS_OF}, the day for which .* train --force --as-of {NEWEST_SALE}"),
        (date(9999, 12, 31), "is in the future, and more than a year after the newest sale"),
    ],
    ids=["before the newest sale", "before the last scored day", "in the far future"],
)
def test_no_job_scores_customers_for_such_a_day(shop: Context, day: date, reason: str) -> None:
    change(shop.engine, FITTED)
    for act in ACTIONS.values():
        with pytest.raises(Misconfigured, match=reason):
            act(shop, day)


def test_a_refused_day_changes_nothing(shop: Context) -> None:
    before = segments(shop.engine)
    with pytest.raises(Misconfigured):
        rescore_customers(shop, run("rescore"), NEWEST_SALE)
    assert segments(shop.engine) == before


def test_a_forced_training_goes_back_to_an_earlier_day(shop: Context) -> None:
    retrain(shop, run("retrain"), NEWEST_SALE, is_forced=True)
    assert query(shop.engine, "select as_of from segments.current_run") == [(NEWEST_SALE,)]


def test_after_a_scored_day_in_the_future_today_is_accepted(shop: Context) -> None:
    rescore_customers(shop, run("rescore"), date(2026, 12, 31))
    rescore_customers(shop, run("rescore"), date(2026, 4, 1))
    assert query(shop.engine, "select as_of from segments.current_run") == [(date(2026, 4, 1),)]


def test_a_sale_dated_in_the_future_keeps_nobody_from_being_scored(shop: Context) -> None:
    stock(shop.engine, customer("wrong date", -9_999, 1, 20))
    rescore_customers(shop, run("rescore"), AS_OF + DAY)
    assert query(shop.engine, "select as_of from segments.current_run") == [(AS_OF + DAY,)]


def test_sales_of_years_ago_are_scored_for_today(shop: Context) -> None:
    later = replace(shop, clock=lambda: datetime(2036, 4, 1, 12, tzinfo=UTC))
    rescore_customers(later, run("rescore"), date(2036, 4, 1))
    assert query(shop.engine, "select as_of from segments.current_run") == [(date(2036, 4, 1),)]
