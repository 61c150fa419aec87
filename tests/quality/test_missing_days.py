"""Days without a file, by the declared arrival."""

from datetime import date, datetime

import pytest

from app.contract.model import Arrival
from app.quality.missing_days import last_due_day, missing_days

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


@pytest.mark.parametrize(
    ("arrival", "given", "due", "missing"),
    [
        (EVERY_DAY, [], 9, []),
        (EVERY_DAY, [3], 3, []),
        (EVERY_DAY, [3], 5, [4, 5]),
        (EVERY_DAY, [3, 5], 4, [4]),
        (EVERY_DAY, [3, 20], 5, [4, 5]),
        (EVERY_DAY, [20], 5, []),
        (ON_WEEKDAYS, [6], 9, [9]),
        (ON_WEEKDAYS, [6], 8, []),
        (EVERY_WEEK, [1], 14, [8]),
    ],
)
def test_days_after_the_last_file_are_missing_up_to_the_last_due_one(
    arrival: Arrival, given: list[int], due: int, missing: list[int]
) -> None:
    assert missing_days(arrival, february(*given), *february(due)) == february(*missing)


@pytest.mark.parametrize("due", [None, date(9999, 12, 30)])
def test_the_last_day_of_the_calendar_is_a_day(due: date | None) -> None:
    assert missing_days(EVERY_WEEK, [date(9999, 12, 20), date.max], due) == [date(9999, 12, 27)]


@pytest.mark.parametrize(
    ("until", "hour", "minute", "due"),
    [("09:30", 9, 29, 8), ("09:30", 9, 30, 9), ("09:30", 23, 59, 9), (None, 0, 0, 8), (None, 23, 59, 8)],
)
def test_the_file_of_a_day_is_due_on_the_next_day_by_the_declared_time(
    until: str | None, hour: int, minute: int, due: int
) -> None:
    assert [last_due_day(Arrival(until=until), datetime(2026, 2, 10, hour, minute))] == february(due)  # noqa: DTZ001
