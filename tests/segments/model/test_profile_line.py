import pytest

from app.segments.model.profile_line import TIMES, profile_lines
from app.segments.model.segment_table.table import Medians

OVERALL = (30.0, 2.0, 400.0)


def lines_of(medians: dict[int, Medians], overall: Medians = OVERALL) -> list[str]:
    """Return the lines with "x" instead of the multiplication sign."""
    return [line.replace(TIMES, "x") for line in profile_lines(medians, overall).values()]


def test_a_line_has_two_significant_digits() -> None:
    assert lines_of({0: (7.2, 18.3, 4_562)}) == ["Spends 11x, orders 9.2x, last bought 7.2 days ago"]


def test_clusters_with_equal_lines_have_a_third_digit() -> None:
    assert lines_of({0: (7, 2, 4_562), 3: (7, 2, 4_590), -1: (90, 1, 100)}) == [
        "Spends 11.4x, orders 1x, last bought 7 days ago",
        "Spends 11.5x, orders 1x, last bought 7 days ago",
        "Spends 0.25x, orders 0.5x, last bought 90 days ago",
    ]


@pytest.mark.parametrize(("days", "words"), [(0, "today"), (1, "1 day ago"), (2, "2 days ago"), (-3, "in 3 days")])
def test_the_last_purchase_in_words(days: float, words: str) -> None:
    assert lines_of({0: (days, 2, 400)}) == [f"Spends 1x, orders 1x, last bought {words}"]


def test_a_median_of_zero_has_no_multiples() -> None:
    assert lines_of({0: (1, 2, 0)}, (0, 0, 0)) == ["Spends nothing, orders 2, last bought 1 day ago"]


def test_days_are_those_of_the_median() -> None:
    assert lines_of({0: (131, 2, 400)}) == ["Spends 1x, orders 1x, last bought 131 days ago"]
