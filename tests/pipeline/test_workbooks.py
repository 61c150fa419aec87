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
    changed = declaring(context, keys=workbooks())
    settings = changed.settings.model_copy(update={"max_quarantined_share": 1})
    return Context(changed.engine, settings, changed.clock)


def workbooks(*properties: dict[str, Any], **keys: str) -> dict[str, Any]:
    """The keys of a contract that reads workbooks."""
    custom = [{"property": "suffixes", "value": [".xlsx", ".zip"]}, *properties]
    return {"servers": [{"server": "sales", "type": "local", "format": "xlsx", "customProperties": custom, **keys}]}


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


@pytest.mark.parametrize("column", ["Customer ID", "Invoice"])
@pytest.mark.parametrize("text", ["#N/A", "#REF!", "#NAME?", 2.0**53, 123456789012345678])
def test_an_id_that_a_spreadsheet_has_spoiled_is_none(context: Context, folder: Path, column: str, text: Any) -> None:
    (folder / "day.xlsx").write_bytes(book({column: text}))
    load(declaring(context, keys=workbooks(), columns={"invoice_no": {"logicalTypeOptions": {"maxLength": 30}}}))
    assert (gold(context.engine), len(reasons(context))) == ([], 1)


def test_an_error_that_is_declared_as_a_null_word_is_a_sale_without_a_customer(context: Context, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book({"Customer ID": "#N/A"}))
    load(declaring(context, keys=workbooks({"property": "nullWords", "value": ["#N/A"]})))
    outcome = query(context.engine, "select outcome, rows from quality.file_money")
    assert (gold(context.engine), outcome) == ([], [("no_customer", 1)])


def test_numeric_ids_of_sixteen_digits_are_different_customers(context: Context, folder: Path) -> None:
    for last in range(3):
        (folder / f"day{last}.xlsx").write_bytes(book({"Customer ID": 4006381333931230 + last}))
    load(context)
    ids = query(context.engine, "select customer_id from gold.customer_rfm order by 1")
    assert ids == [("4006381333931230",), ("4006381333931231",), ("4006381333931232",)]


def test_the_error_of_a_formula_is_shown_with_its_row(context: Context, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book({"Price": "#DIV/0!"}))
    load(context)
    assert ("valid_unit_price", "#DIV/0!") in reasons(context)


def test_a_formula_without_a_saved_value_is_shown_with_its_row(context: Context, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book({"Price": "=1.5*2"}))
    load(context)
    assert ("valid_unit_price", "#NO_VALUE!") in reasons(context)


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
