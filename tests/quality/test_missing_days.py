"""Days without a file, by the declared arrival."""

from datetime import date

import pytest

from app.contract.model import Arrival
from app.quality.missing_days import missing_days

EVERY_DAY, ON_WEEKDAYS, EVERY_WEEK = Arrival(), Arrival(weekdays=(1, 2, 3, 4, 5)), Arrival(every_days=7)


def february(*days: int) -> list[date]:
    return [date(2026, 2, day) for day in days]


@pytest.mark.parametrize(
    ("arrival", "given", "missing"),
    [
        (EVERY_DAY, [], []),
        (EVERY_DAY, [3], []),
        (EVERY_DAY, [3, 4, 5], []),
        (EVERY_DAY, [3, 7], [4, 5, 6]),
        (EVERY_DAY, [7, 3, 3], [4, 5, 6]),
        (ON_WEEKDAYS, [6, 9], []),
        (ON_WEEKDAYS, [6, 10], [9]),
        (EVERY_WEEK, [1, 8, 15], []),
        (EVERY_WEEK, [1, 6, 13], []),
        (EVERY_WEEK, [1, 22], [8, 15]),
    ],
)
def test_expected_days_between_two_files_are_missing(arrival: Arrival, given: list[int], missing: list[int]) -> None:
    assert missing_days(arrival, february(*given)) == february(*missing)
