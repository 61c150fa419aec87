from datetime import date

import pytest

from app.contract.model import DateRange
from app.contract.plausible import plausible_days

TODAY = date(2026, 3, 13)


@pytest.mark.parametrize(
    "key", ["2026-03-01/sales.csv", "a/2026_03_01.csv", "20260301.csv", "2020-01-01/2026-03-01.csv"]
)
def test_days_around_the_last_date_in_the_key_are_plausible(key: str) -> None:
    assert plausible_days(DateRange(before=2, after=1), key, TODAY) == (date(2026, 2, 27), date(2026, 3, 2))


@pytest.mark.parametrize("key", ["sales.csv", "2026-02-30.csv", "120260301.csv"])
def test_without_a_date_in_the_key_days_from_the_first_until_after_today_are(key: str) -> None:
    assert plausible_days(DateRange(), key, TODAY) == (date(2000, 1, 1), date(2026, 3, 14))


def test_every_day_is_plausible_where_none_is_declared() -> None:
    assert plausible_days(None, "2026-03-01.csv", TODAY) == (date.min, date.max)


def test_days_end_where_the_calendar_does() -> None:
    assert plausible_days(DateRange(before=36_500, after=36_500), "9999-12-31.csv", TODAY)[1] == date.max
