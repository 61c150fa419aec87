"""Checks of files: measurements in, findings out."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.contract.model import Arrival
from app.quality.checks.files import (
    check_blank_share,
    check_columns,
    check_freshness,
    check_future_dates,
    check_repeated_invoices,
)
from tests.quality.checks.measuring import COLUMNS, DAY, NOW, earlier, file, source

BY_NINE = Arrival(until="09:00")
WORKDAYS = Arrival(until="09:00", weekdays=(1, 2, 3, 4, 5))


def february(*days: int) -> frozenset[date]:
    return frozenset(date(2026, 2, day) for day in days)


# --- freshness


@pytest.mark.parametrize(
    ("hour", "days", "verdict"),
    [
        (8, (25, 26), "ok"),
        (9, (25, 26), "problem"),
        (9, (26, 27), "ok"),
        (9, (24, 25, 27), "problem"),
        (9, (), "problem"),
    ],
)
def test_a_file_that_is_missing_by_its_hour_is_a_problem(hour: int, days: tuple[int, ...], verdict: str) -> None:
    now = NOW.replace(hour=hour)
    (found,) = check_freshness(source(now=now, arrival=BY_NINE, days_of_files=february(*days)))
    assert found.verdict == verdict


@pytest.mark.parametrize(("arrival", "verdict"), [(WORKDAYS, "ok"), (BY_NINE, "problem")])
def test_a_day_without_a_file_may_be_expected(arrival: Arrival, verdict: str) -> None:
    monday = datetime(2026, 2, 23, 10, tzinfo=NOW.tzinfo)
    (found,) = check_freshness(source(now=monday, arrival=arrival, days_of_files=february(19, 20)))
    assert found.verdict == verdict


def test_the_problem_names_the_missing_days_and_the_remedy() -> None:
    (found,) = check_freshness(source(arrival=BY_NINE, days_of_files=february(24, 25)))
    assert (found.value, found.day) == (2, date(2026, 2, 27))
    assert found.message.startswith(
        "no file was loaded for 2026-02-26, 2026-02-27, due by 09:00 of the following day: send"
    )


def test_a_gap_of_long_ago_is_no_problem() -> None:
    days = february(1, 3, *range(4, 28))
    (found,) = check_freshness(source(arrival=BY_NINE, days_of_files=days))
    assert found.verdict == "ok"


@pytest.mark.parametrize("future", [date(2026, 2, 28), date(2026, 3, 20), date.max])
@pytest.mark.parametrize(("given", "verdict"), [((26, 27), "ok"), ((25, 26), "problem"), ((), "ok")])
def test_a_sale_of_the_future_makes_no_day_missing(given: tuple[int, ...], verdict: str, future: date) -> None:
    days = february(*given) | {future}
    (found,) = check_freshness(source(arrival=BY_NINE, days_of_files=days))
    assert (found.verdict, found.day) == (verdict, date(2026, 2, 27))


@pytest.mark.parametrize(("gap", "verdict"), [(20, "ok"), (21, "problem")])
def test_the_last_seven_due_days_are_watched(gap: int, verdict: str) -> None:
    days = february(*range(15, 28)) - february(gap)
    (found,) = check_freshness(source(arrival=BY_NINE, days_of_files=days))
    assert found.verdict == verdict


def test_without_a_declared_time_there_is_no_data() -> None:
    (found,) = check_freshness(source(days_of_files=february(27)))
    assert found.verdict == "no_data"


# --- columns


@pytest.mark.parametrize(
    ("columns", "verdict", "shown"),
    [
        (COLUMNS, "ok", "the same 3 columns"),
        (("QUANTITY", "customer_id", "Invoice"), "ok", "the same 3 columns"),
        (("Invoice", "Quantity"), "problem", "lacks the column Customer ID"),
        ((*COLUMNS, "Note"), "problem", "has the new column Note"),
        (("Invoice", "Quantity", "Client"), "problem", "lacks the column Customer ID and has the new column Client"),
        (None, "no_data", "no earlier file"),
    ],
)
def test_new_and_missing_columns_are_a_problem(columns: Any, verdict: str, shown: str) -> None:
    (found,) = check_columns(source(files=[*earlier(), file(columns=columns)]))
    assert found.verdict == verdict
    assert shown in found.message


def test_of_several_new_files_the_newest_change_is_reported() -> None:
    days = [date(2026, 2, day) for day in (25, 26, 27)]
    columns = [COLUMNS, COLUMNS[:2], COLUMNS]
    files = [file(day, columns=names, is_new=True) for day, names in zip(days, columns, strict=True)]
    (found,) = check_columns(source(files=files))
    assert "2026-02-27.csv has the new column Customer ID" in found.message


def test_a_first_file_has_nothing_to_be_compared_with() -> None:
    (found,) = check_columns(source(files=[file()]))
    assert found.verdict == "no_data"


# --- blank values


@pytest.mark.parametrize(("nulls", "verdict"), [(0, "problem"), (16, "ok"), (20, "ok"), (24, "ok"), (60, "problem")])
def test_a_share_of_blank_values_that_drifts_is_a_problem_in_both_directions(nulls: int, verdict: str) -> None:
    (found,) = check_blank_share(source(files=[*earlier(), file(nulls={"customer_id": nulls})]))
    assert (found.verdict, found.item, found.value) == (verdict, "customer_id", nulls / 100)


def test_an_expected_share_is_not_below_0() -> None:
    files = [file(DAY - timedelta(days=day), nulls={"customer_id": 0}) for day in range(10, 0, -1)]
    (found,) = check_blank_share(source(files=[*files, file(nulls={"customer_id": 0})]))
    assert (found.expected.low, found.expected.high) == (0.0, 0.05)


def test_the_share_is_that_of_all_new_files() -> None:
    second = file(DAY + timedelta(days=1), rows=300, nulls={"customer_id": 180}, is_new=True)
    (found,) = check_blank_share(source(files=[*earlier(), file(), second]))
    assert found.value == 0.5


def test_an_earlier_file_without_rows_has_no_share() -> None:
    empty = file(DAY - timedelta(days=20), rows=0, nulls={"customer_id": 0})
    (found,) = check_blank_share(source(files=[empty, *earlier(), file()]))
    assert found.verdict == "ok"


def test_each_column_has_a_finding() -> None:
    files = [*earlier(), file(nulls={"customer_id": 20, "country": 50})]
    assert [(each.item, each.verdict) for each in check_blank_share(source(files=files))] == [
        ("country", "no_data"),
        ("customer_id", "ok"),
    ]


@pytest.mark.parametrize("files", [[], [file()], [*earlier(3), file()], [*earlier(), file(rows=0, nulls={})]])
def test_too_few_files_or_rows_are_no_data(files: Any) -> None:
    (found,) = check_blank_share(source(files=files))
    assert found.verdict == "no_data"


# --- totals


@pytest.mark.parametrize(("rows", "verdict"), [(0, "ok"), (1, "problem")])
def test_a_row_of_the_future_is_a_problem(rows: int, verdict: str) -> None:
    (found,) = check_future_dates(source(future_rows=rows))
    assert (found.verdict, found.value) == (verdict, rows)


@pytest.mark.parametrize(("invoices", "verdict"), [(0, "ok"), (2, "problem"), (None, "ok")])
def test_an_invoice_in_two_files_is_a_problem_unless_declared(invoices: int | None, verdict: str) -> None:
    (found,) = check_repeated_invoices(source(repeated_invoices=invoices))
    assert found.verdict == verdict


@pytest.mark.parametrize("check", [check_future_dates, check_repeated_invoices])
def test_a_source_without_a_file_has_no_data(check: Any) -> None:
    (found,) = check(source(files=[]))
    assert found.verdict == "no_data"
