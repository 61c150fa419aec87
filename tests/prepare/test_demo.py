"""Sales of the demonstration: the same on any day, and continued on the next."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from app.prepare.demo import generate_demo
from tests.prepare.generator.rows import Row, contents, files, relative_rows

LEAP_DAY, NEW_YEAR, NEW_YEARS_EVE, SUNDAY = date(2024, 2, 29), date(2026, 1, 1), date(2026, 12, 31), date(2026, 8, 2)
TODAYS = [LEAP_DAY, NEW_YEAR, NEW_YEARS_EVE, SUNDAY, date(2027, 3, 1), date(2025, 10, 13)]


def demo(out: Path, today: date, days: int = 12) -> list[Row]:
    """The rows of a demonstration started on `today`, dated in days before it."""
    generate_demo(out, today, customers=300, days=days)
    return relative_rows(out, today)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    return demo(tmp_path_factory.mktemp("reference"), date(2026, 11, 22))


@pytest.mark.parametrize("today", TODAYS, ids=str)
def test_ids_amounts_and_relative_days_are_the_same_on_any_day(
    reference: list[Row], tmp_path: Path, today: date
) -> None:
    assert demo(tmp_path, today) == reference


def test_it_ends_yesterday(tmp_path: Path) -> None:
    demo(tmp_path, LEAP_DAY)
    assert files(tmp_path)[-1].parent.name == "2024-02-28"


def test_it_has_120_days_of_4000_customers_by_default(tmp_path: Path) -> None:
    made = generate_demo(tmp_path, NEW_YEAR)
    assert made is not None
    assert (made.days, made.last, made.customers, made.rows) == (120, date(2025, 12, 31), 2244, 151_012)


def test_the_next_day_adds_one_file_and_keeps_the_others(tmp_path: Path) -> None:
    demo(tmp_path, SUNDAY)
    first = contents(tmp_path)
    demo(tmp_path, SUNDAY + timedelta(days=1))
    assert (contents(tmp_path)[:-1], len(files(tmp_path))) == (first, 13)


@pytest.mark.parametrize("today", [SUNDAY, SUNDAY - timedelta(days=3)], ids=["the same day", "an earlier day"])
def test_nothing_is_written_again_before_the_next_day(tmp_path: Path, today: date) -> None:
    demo(tmp_path, SUNDAY)
    assert generate_demo(tmp_path, today, customers=300, days=12) is None


def test_a_missing_day_is_written_again(tmp_path: Path) -> None:
    whole = demo(tmp_path, SUNDAY)
    files(tmp_path)[5].unlink()
    assert demo(tmp_path, SUNDAY) == whole


def test_other_files_in_the_folder_are_ignored(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()
    assert len(demo(tmp_path, SUNDAY)) > 0
