"""Workbooks with errors and unusual dates: what their rows become."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from app.jobs.context import Context
from tests.bronze.workbooks import saved
from tests.conftest import HEADER
from tests.loading import gold, load, query
from tests.pipeline.declaring import declaring
from tests.zips import zipped

NAMES: list[Any] = HEADER.split(",")
DAY = dt.date(2026, 2, 1)
ROW: dict[str, Any] = dict(
    zip(NAMES, [536365, "85123A", "LANTERN", 6, 2.55, 17850, "France", DAY], strict=True),
)
REASONS = (
    "select r.value ->> 'expectation', r.value ->> 'value' from silver.quarantine, jsonb_array_elements(reasons) r"
)


@pytest.fixture
def context(context: Context) -> Context:
    """The context with a contract that reads workbooks, also in archives."""
    keys = {"servers": [{"server": "sales", "type": "local", "format": "xlsx", "customProperties": SUFFIXES}]}
    changed = declaring(context, keys=keys)
    settings = changed.settings.model_copy(update={"max_quarantined_share": 1})
    return Context(changed.engine, settings, changed.clock)


SUFFIXES = [{"property": "suffixes", "value": [".xlsx", ".zip"]}]


def book(cells: dict[str, Any], form: str = "", epoch: dt.datetime | None = None) -> bytes:
    """A sale with other cells; form: number format of the date."""
    made = Workbook()
    made.epoch = epoch or made.epoch
    sheet = made.worksheets[0]
    sheet.append(NAMES)
    sheet.append([*(ROW | cells).values()])
    for cell in sheet[2]:
        if isinstance(cell.value, str) and cell.value.startswith("#"):
            cell.data_type = "e"
    if form:
        sheet["H2"].number_format = form
    return saved(made)


def reasons(context: Context) -> list[tuple[Any, ...]]:
    return query(context.engine, REASONS)


@pytest.mark.parametrize(
    ("column", "reason"),
    [("Quantity", "valid_quantity"), ("InvoiceDate", "valid_invoice_date"), ("Invoice", "valid_invoice_no")],
)
def test_a_formula_with_an_error_in_a_needed_cell_quarantines_its_row(
    context: Context, folder: Path, column: str, reason: str
) -> None:
    (folder / "day.xlsx").write_bytes(book({column: "#REF!"}))
    load(context)
    assert reason in [name for name, _ in reasons(context)]


def test_a_formula_with_an_error_in_place_of_the_customer_is_a_sale_without_one(context: Context, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book({"Customer ID": "#N/A"}))
    load(context)
    outcome = query(context.engine, "select outcome, rows from quality.file_money")
    assert (gold(context.engine), outcome) == ([], [("no_customer", 1)])


def test_a_day_of_the_1904_system_is_the_same_day(context: Context, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book({}, epoch=CALENDAR_MAC_1904))
    load(context)
    assert query(context.engine, "select invoice_date from silver.sales_row") == [(DAY,)]


def test_a_number_before_1900_shown_as_a_date_quarantines_its_row(context: Context, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book({"InvoiceDate": -5}, form="yyyy-mm-dd"))
    load(context)
    assert "valid_invoice_date" in [name for name, _ in reasons(context)]


def test_a_date_before_1900_is_judged_by_its_text(context: Context, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book({"InvoiceDate": "1899-12-01"}))
    load(context)
    assert query(context.engine, "select invoice_date from silver.sales_row") == [(dt.date(1899, 12, 1),)]


def test_a_workbook_in_an_archive_is_read(context: Context, folder: Path) -> None:
    (folder / "sales.zip").write_bytes(zipped({"day.xlsx": book({})}))
    load(context)
    assert query(context.engine, "select key from pipeline.source_file where state = 'loaded'") == [
        ("sales.zip/day.xlsx",)
    ]
