"""Visible sheets of a workbook that are not read: a warning about the file, wherever warnings are shown."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine

from app.jobs.context import Context
from tests.bronze.workbooks import saved
from tests.conftest import HEADER
from tests.loading import load, query
from tests.pipeline.declaring import applied, declaring
from tests.pipeline.test_workbooks import DAY, workbooks

ROW: list[Any] = [536365, "85123A", "LANTERN", 6, 2.55, 17850, "France", DAY]
MESSAGE = (
    "on further visible sheets, which are not read: declare the sheet that has the sales, or save every sheet with "
    "sales as a file of its own"
)
WARNINGS = "select rows, cast(money as text), example from quality.file_warning where kind = 'other_sheets'"


def book(*names: str, rows: int = 2, hidden: str = "", price: float = 2.55) -> bytes:
    """A sheet of two sales, and further sheets of some rows and their header."""
    made = Workbook()
    for sheet in (made.worksheets[0], *map(made.create_sheet, names)):
        sheet.append(HEADER.split(","))
        for number in range(2 if sheet.title == "Sheet" else rows):
            sheet.append([ROW[0] + number, *ROW[1:4], price, *ROW[5:]])
    if hidden:
        made[hidden].sheet_state = "hidden"
    return saved(made)


def warnings(engine: Engine) -> list[tuple[Any, ...]]:
    return query(engine, WARNINGS)


def test_rows_of_further_sheets_are_a_warning_of_the_file(context: Context, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book("Feb", "Mar"))
    load(declaring(context, keys=workbooks()))
    ((warning,),) = query(context.engine, "select warning from pipeline.freshness")
    assert (warnings(context.engine), warning) == (
        [(6, "0.00", "sheets Feb, Mar")],
        f"6 rows of 1 of the newest files {MESSAGE}",
    )


@pytest.mark.parametrize(
    ("content", "keys"),
    [
        (book("Feb", hidden="Feb"), {}),
        (book("Feb", hidden="Sheet"), {}),
        (book("Feb", rows=0), {}),
        (book("Feb"), {"sheet": "Sheet"}),
    ],
    ids=["hidden", "behind a hidden one", "header only", "declared"],
)
def test_other_sheets_are_none(context: Context, folder: Path, content: bytes, keys: dict[str, Any]) -> None:
    (folder / "day.xlsx").write_bytes(content)
    properties = [{"property": name, "value": value} for name, value in keys.items()]
    load(declaring(context, keys=workbooks(*properties)))
    assert warnings(context.engine) == []


def test_the_warning_ends_when_the_sheet_is_declared(context: Context, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book("Feb"))
    load(declaring(context, keys=workbooks()))
    applied(declaring(context, keys=workbooks({"property": "sheet", "value": "Sheet"})))
    assert warnings(context.engine) == []


def test_the_warning_returns_with_an_earlier_version(context: Context, folder: Path) -> None:
    declared = declaring(context, keys=workbooks())
    for content in (book("Feb"), book(price=9), book("Feb")):
        (folder / "day.xlsx").write_bytes(content)
        load(declared)
    assert warnings(context.engine) == [(3, "0.00", "sheet Feb")]


def test_a_promoted_duplicate_has_the_warning(context: Context, folder: Path) -> None:
    content, declared = book("Feb"), declaring(context, keys=workbooks())
    for name in ("a.xlsx", "b.xlsx"):
        (folder / name).write_bytes(content)
        load(declared)
    (folder / "a.xlsx").write_bytes(book(price=9))
    load(declared)
    assert warnings(context.engine) == [(3, "0.00", "sheet Feb")]


def test_more_than_five_sheets_are_shortened(context: Context, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book(*"ABCDEFG", rows=1))
    load(declaring(context, keys=workbooks()))
    assert warnings(context.engine) == [(14, "0.00", "sheets A, B, C, D, E, …")]
