"""Warnings about rows whose money is unknown: they are quarantined, and no total can be read."""

from pathlib import Path
from typing import Any

import pytest

from app.jobs.context import Context
from tests.loading import load, query, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import applied, declaring
from tests.pipeline.dry_run.runs import Check, checker, row
from tests.pipeline.found_warnings import crowd, of_data

OTHERS = [row(str(number), customer=str(100 + number)) for number in range(27)]
WHAT = "quarantined with unknown money, because no total can be read: declare how numbers are written"
UNREAD = sale().replace("2.55", "12.50 CR")
OF_FILES = "select kind, rows, cast(money as text), example from quality.file_warning"


@pytest.fixture
def check(context: Context, folder: Path) -> Check:
    return checker(context.engine, folder)


@pytest.mark.parametrize(
    "bad",
    [row("x", price="12.50 CR"), row("x", price="1'234.50"), row("x", quantity="two"), row("x", price="")],
)
def test_many_rows_of_unknown_money_are_a_warning_of_a_check(check: Check, bad: str) -> None:
    (found,) = check({"a.csv": [*OTHERS, *[bad] * 4]}).warnings
    assert (found.name, found.examples) == ("unknown_money", ("a.csv: line 29",))
    assert found.message.startswith("4 of 31 rows (12.9 %), about ")
    assert WHAT in found.message


def test_few_rows_of_unknown_money_are_none(check: Check) -> None:
    assert check({"a.csv": [*OTHERS, *[row("x", price="1.25 CR")] * 3]}).warnings == ()


def estimate(context: Context, put: Put, quantity: str, price: str, decimal: str = ".") -> str:
    """The estimated money of a row with this quantity and price."""
    others = [row.replace(",2.55,", f',"2{decimal}55",') for row in crowd()]
    put(*others, *[sale(quantity=1).replace(",1,2.55,", f',"{quantity}","{price}",')] * 8)
    load(context)
    ((money,),) = query(context.engine, "select money / 8 from quality.file_warning")
    return f"{money:,.2f}"


@pytest.mark.parametrize(
    ("price", "estimated"),
    [
        ("1'234.50", "1,234.50"),
        ("1.234,5-", "1,234.50"),
        ("EUR 1,234", "1,234.00"),
        ("EUR 1.2500", "1.25"),
        ("EUR 1,234.5000", "1,234.50"),
        ("EUR 1.234.567", "1,234,567.00"),
        ("Rs.500", "500.00"),
        ("12.50 CR", "12.50"),
        ("9876543210", "0.00"),
        ("two", "0.00"),
    ],
)
def test_the_money_is_estimated_from_the_digits(context: Context, put: Put, price: str, estimated: str) -> None:
    assert estimate(context, put, "1", price) == estimated


@pytest.mark.parametrize(
    ("server", "price", "estimated"),
    [
        ({}, "2.5500", "5.10"),
        ({}, "-2.5500", "5.10"),
        ({"decimal": ","}, "2,5500", "5.10"),
        ({"decimal": ","}, "2,5500 CR", "5.10"),
        ({"decimal": ","}, "1.234 CR", "2,468.00"),
        ({"decimal": ",", "thousands": "."}, "1.234,5000", "2,469.00"),
        ({"currencyMarks": ["USD"]}, "USD 2.5500", "5.10"),
        ({"nullWords": ["99"]}, "99", "0.00"),
    ],
)
def test_the_money_is_estimated_by_the_numbers_of_the_contract(
    context: Context, put: Put, server: dict[str, Any], price: str, estimated: str
) -> None:
    declared = declaring(context, server=server)
    assert estimate(declared, put, "2 pcs", price, server.get("decimal", ".")) == estimated


def test_few_rows_with_much_of_the_money_are_a_warning(check: Check) -> None:
    (found,) = check({"a.csv": [*OTHERS, row("x", price="1'234.50")]}).warnings
    assert found.name == "unknown_money"
    assert "1 of 28 rows (3.6 %), about " in found.message


def test_quarantined_rows_of_known_money_are_none(check: Check) -> None:
    assert check({"a.csv": [*OTHERS, *[row("x", day="soon", price="0.10")] * 4]}).warnings == ()


def test_the_share_is_a_setting(check: Check) -> None:
    files = {"a.csv": [*OTHERS, *[row("x", price="12.50 CR")] * 4]}
    assert check(files, warn_quarantined_share=0.3).warnings == ()


def test_older_files_are_a_warning_too(context: Context, put: Put) -> None:
    put(*crowd(10), *[UNREAD] * 8, day="2026-02-01")
    for day in range(2, 9):
        put(
            *(sale(f"{500000 + 10 * day + n}", f"{20000 + n}", day=f"2026-02-0{day}") for n in range(5)),
            day=f"2026-02-0{day}",
        )
    load(context)
    ((warning,),) = query(context.engine, "select warning from pipeline.freshness")
    assert warning.startswith("8 of 53 rows (15.1 %), about 600.00 (46.6 % of the money), " + WHAT)


def test_the_file_has_its_rows_and_first_line(context: Context, put: Put) -> None:
    put(*crowd(), UNREAD.replace("12.50", "1.25"))
    load(context)
    assert (query(context.engine, OF_FILES), of_data(context)) == ([("unknown_money", 1, "7.50", "line 32")], {})


def test_the_warning_ends_once_the_numbers_are_read(context: Context, put: Put) -> None:
    put(*crowd(), *[UNREAD] * 5)
    load(context)
    assert [*of_data(context)] == ["unknown_money"]
    applied(declaring(context, server={"currencyMarks": ["CR"]}))
    assert (query(context.engine, OF_FILES), of_data(context)) == ([], {})
