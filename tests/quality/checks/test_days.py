"""Checks of days of sales: measurements in, findings out."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.quality.checks.days import check_customer_share, check_revenue, check_volume, weeks_before
from app.quality.checks.measured import LargestCustomer, MeasuredDay
from tests.quality.checks.measuring import DAY, source, weeks


def with_day(rows: int, revenue: int = 1_000, number: int = 8) -> dict[date, MeasuredDay]:
    return {**weeks(number), DAY: MeasuredDay(rows, Decimal(revenue))}


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [(0, "problem"), (59, "problem"), (61, "ok"), (100, "ok"), (139, "ok"), (142, "problem"), (1_000, "problem")],
)
def test_an_unusual_volume_is_a_problem_in_both_directions(rows: int, verdict: str) -> None:
    (found,) = check_volume(source(days=with_day(rows)))
    assert (found.verdict, found.value, found.day) == (verdict, rows, DAY)


@pytest.mark.parametrize(("revenue", "cause"), [(100, "file is complete"), (5_000, "sales are repeated")])
def test_an_unusual_revenue_has_the_remedy_of_its_direction(revenue: int, cause: str) -> None:
    (found,) = check_revenue(source(days=with_day(100, revenue)))
    assert found.verdict == "problem"
    assert cause in found.message


def test_the_range_follows_the_weekday_and_not_the_other_days() -> None:
    others = {DAY - timedelta(days=days): MeasuredDay(9_000, Decimal(9)) for days in range(1, 60) if days % 7}
    (found,) = check_volume(source(days={**with_day(100), **others}))
    assert found.verdict == "ok"


def test_one_unusual_week_does_not_widen_the_range() -> None:
    days = {**with_day(300), DAY - timedelta(weeks=3): MeasuredDay(100_000, Decimal(1))}
    (found,) = check_volume(source(days=days))
    assert found.verdict == "problem"


def test_a_day_without_rows_is_a_problem_where_volumes_vary_much() -> None:
    varying = {DAY - timedelta(weeks=week): MeasuredDay(week * week * 10, Decimal(1)) for week in range(1, 9)}
    (found,) = check_volume(source(days=varying))
    assert (found.verdict, found.value) == ("problem", 0)


@pytest.mark.parametrize(("number", "verdict"), [(0, "no_data"), (3, "no_data"), (4, "ok")])
def test_too_little_history_is_no_data(number: int, verdict: str) -> None:
    (found,) = check_volume(source(days=with_day(100, number=number)))
    assert found.verdict == verdict


def test_a_new_source_is_no_data() -> None:
    (found,) = check_volume(source(files=[], new_days=[], days={}))
    assert (found.verdict, found.message) == ("no_data", "the newest load has no day of sales")


def test_the_worst_of_several_new_days_is_reported() -> None:
    friday = DAY - timedelta(weeks=1)
    ninth = {DAY - timedelta(weeks=9): MeasuredDay(100, Decimal(1_000))}
    days = {**with_day(100), **ninth, friday: MeasuredDay(1, Decimal(1))}
    (found,) = check_volume(source(new_days=[friday, DAY], days=days))
    assert (found.verdict, found.day) == ("problem", friday)


@pytest.mark.parametrize(
    ("share", "customers", "verdict"),
    [("0.51", 10, "problem"), ("0.50", 10, "ok"), ("0.9", 9, "no_data")],
)
def test_a_customer_with_most_of_the_revenue_is_a_problem(share: str, customers: int, verdict: str) -> None:
    (found,) = check_customer_share(source(largest={DAY: LargestCustomer(Decimal(share), customers)}))
    assert found.verdict == verdict


@pytest.mark.parametrize(("day", "before"), [(date(1, 1, 9), date(1, 1, 2)), (date(1, 1, 3), date.min)])
def test_no_week_is_before_the_calendar(day: date, before: date) -> None:
    assert weeks_before(day, 1) == before
