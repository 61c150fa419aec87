"""Workbooks: cells as text, the chosen sheet, and what is rejected."""

import datetime as dt
import io
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from sqlalchemy import Connection

from app.bronze.load import inspect
from app.bronze.sheet_lines import cell_text, chosen_sheet
from app.contract.model import SourceContract
from app.errors import BrokenFile
from app.source.workbook import Sheet
from tests.bronze.workbooks import saved, sheet_of, with_password, workbook_contract
from tests.layers import GOOD, HEADER, fields, received

NAMES: list[Any] = HEADER.split(",")
DAY = dt.date(2026, 2, 1)
ROW: list[Any] = [489434, 85048.0, "GLASS BALLS", 12, 6.95, 13085.0, "United Kingdom", DAY]
XLSX = workbook_contract()
CELLS = [
    (13085.0, "13085"),
    (13085, "13085"),
    (2.5, "2.5"),
    (7.6499999999999995, "7.65"),
    (0.1 + 0.2, "0.3"),
    (1e-7, "0.0000001"),
    (4006381333931231.0, "4006381333931231"),
    (2.0**53 - 1, "9007199254740991"),
    (2.0**53, "9.00719925474099E+15"),
    (123456789012345678.0, "1.23456789012346E+17"),
    (-1e20, "-1E+20"),
    (float("nan"), "NaN"),
    (-0.0, "0"),
    (True, "TRUE"),
    (None, ""),
    ("a,\nb", "a,\nb"),
    ("a\0b", "ab"),
    (dt.date(2026, 3, 1), "2026-03-01"),
    (dt.datetime(2026, 3, 1, 8, 26), "2026-03-01 08:26:00"),  # noqa: DTZ001  # workbooks have no zones
    (dt.time(8, 26), "08:26:00"),
    (dt.timedelta(hours=30), "30:00:00"),
]


def rows(connection: Connection, content: bytes, source_contract: SourceContract = XLSX) -> list[Any]:
    return received(connection, content, source_contract, key="day.xlsx")


def rejection(content: bytes, source_contract: SourceContract = XLSX) -> str:
    with pytest.raises(BrokenFile) as caught:
        inspect(io.BytesIO(content), "sales/day.xlsx", source_contract)
    return str(caught.value)


@pytest.mark.parametrize(("cell", "text"), CELLS)
def test_a_cell_is_the_text_that_is_shown(cell: Any, text: str) -> None:
    assert cell_text(cell) == text


def test_a_number_is_shown_with_the_decimal_mark_of_the_contract(connection: Connection) -> None:
    """Otherwise 1.234 would be read as a thousand where points separate thousands."""
    german = workbook_contract(decimal=",", thousands=".")
    numbers: list[Any] = [*ROW[:4], 1.234, *ROW[5:]]
    texts: list[Any] = [*ROW[:4], "1.234,5", *ROW[5:]]
    assert [row["price"] for row in rows(connection, sheet_of(NAMES, numbers, texts), german)] == ["1,234", "1.234,5"]


def test_a_row_of_a_sheet_is_a_row_of_text(connection: Connection) -> None:
    [row] = rows(connection, sheet_of(NAMES, ROW))
    assert (fields(row), row["line_no"], row["rescued_data"]) == (GOOD, 2, None)


def test_rows_are_numbered_as_in_the_sheet(connection: Connection) -> None:
    found = rows(connection, sheet_of([], NAMES, [*ROW[:2], "a\nb", *ROW[3:]], [], ROW))
    assert [row["line_no"] for row in found] == [3, 5]


def test_a_table_may_begin_in_any_column(connection: Connection) -> None:
    [row] = rows(connection, sheet_of([None, *NAMES], [None, *ROW]))
    assert fields(row) == GOOD


def test_cells_beside_the_table_are_rescued(connection: Connection) -> None:
    first, second = rows(connection, sheet_of(NAMES, [*ROW, "note"], ROW))
    assert (fields(first), first["rescued_data"]) == (GOOD, {"column_9": "note"})
    assert (fields(second), second["rescued_data"]) == (GOOD, None)


def test_a_merged_title_above_the_header_is_searched_over(connection: Connection) -> None:
    book = Workbook()
    for cells in (["Sales"], NAMES, ROW):
        book.worksheets[0].append(cells)
    book.worksheets[0].merge_cells("A1:H1")
    [row] = rows(connection, saved(book), workbook_contract(header="search"))
    assert fields(row) == GOOD


def test_the_first_visible_sheet_is_read(connection: Connection) -> None:
    book = Workbook()
    book.worksheets[0].sheet_state = "hidden"
    sheet = book.create_sheet("Sales")
    for cells in (NAMES, ROW):
        sheet.append(cells)
    assert len(rows(connection, saved(book))) == 1


def test_a_declared_sheet_is_read_even_if_it_is_hidden(connection: Connection) -> None:
    book = Workbook()
    sheet = book.create_sheet("Data")
    sheet.sheet_state = "hidden"
    for cells in (NAMES, ROW):
        sheet.append(cells)
    assert len(rows(connection, saved(book), workbook_contract(sheet="Data"))) == 1


def test_a_missing_sheet_names_those_there_are() -> None:
    found = rejection(sheet_of(NAMES, ROW), workbook_contract(sheet="Data"))
    assert found.startswith("the workbook has no sheet 'Data', only 'Sheet'; declare `sheet: Sheet` of the server")


@pytest.mark.parametrize(
    ("names", "declared", "remedy"),
    [
        (("Info", "Daten"), "daten", "declare `sheet: Daten` of the server in the contract"),
        (("Info", "Daten"), "Datne", "declare `sheet: Daten` of the server in the contract"),
        (("Info", "Daten"), "Sales", "declare `sheet` of the server in the contract as one of them"),
        (("May 1", "May 2"), "May 3", "declare `sheet` of the server in the contract as one of them"),
        (("May 1", "may 2", "MAY 2"), "May 2", "declare `sheet` of the server in the contract as one of them"),
    ],
)
def test_a_missing_sheet_is_declared_by_the_one_name_that_is_like_it(
    names: tuple[str, ...], declared: str, remedy: str
) -> None:
    sheets = [Sheet(name, is_visible=True, rows=lambda: iter(())) for name in names]
    with pytest.raises(BrokenFile) as caught:
        chosen_sheet(sheets, declared)
    assert str(caught.value).endswith(f"only {', '.join(map(repr, names))}; {remedy}")


def test_an_empty_sheet_has_no_rows(connection: Connection) -> None:
    assert rows(connection, sheet_of()) == []


def test_dates_of_the_1904_system_are_the_same_days(connection: Connection) -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    for cells in (NAMES, ROW):
        book.worksheets[0].append(cells)
    [row] = rows(connection, saved(book))
    assert row["invoice_date"] == "2026-02-01"


def test_a_date_before_1900_is_kept_as_its_text(connection: Connection) -> None:
    [row] = rows(connection, sheet_of(NAMES, [*ROW[:7], "1899-12-01"]))
    assert row["invoice_date"] == "1899-12-01"


def test_a_serial_before_1900_becomes_no_day(connection: Connection) -> None:
    book = Workbook()
    for cells in (NAMES, [*ROW[:7], -5]):
        book.worksheets[0].append(cells)
    book.worksheets[0]["H2"].number_format = "yyyy-mm-dd"
    [row] = rows(connection, saved(book))
    assert row["invoice_date"] == "00:00:00"  # no date, so the row is quarantined


def test_a_file_that_is_no_workbook_names_the_format() -> None:
    assert "if it is a text file, declare `format: csv` of the server" in rejection(f"{HEADER}\n".encode())


@pytest.mark.parametrize("stream", ["Workbook", "EncryptedPackage"])
def test_an_old_workbook_and_an_encrypted_one_are_to_be_saved_anew(stream: str) -> None:
    content = b"\xd0\xcf\x11\xe0" + bytes(600) + stream.encode("utf-16-le")
    assert "save it as .xlsx without a password" in rejection(content)


def test_a_workbook_in_an_archive_with_a_password_is_refused() -> None:
    found = rejection(with_password(sheet_of(NAMES, ROW)))
    assert ("cannot be read as a workbook" in found, "without a password" in found) == (True, True)


def test_a_column_whose_header_is_merged_into_another_is_missing() -> None:
    book = Workbook()
    for cells in (NAMES, ROW):
        book.worksheets[0].append(cells)
    book.worksheets[0].merge_cells("C1:D1")
    assert rejection(saved(book)).startswith("line 1: column Quantity is missing")


def test_a_header_that_is_merged_over_two_rows_has_its_names_in_the_first(connection: Connection) -> None:
    book = Workbook()
    for cells in (NAMES, [], ROW):
        book.worksheets[0].append(cells)
    for letter in "ABCDEFGH":
        book.worksheets[0].merge_cells(f"{letter}1:{letter}2")
    [row] = rows(connection, saved(book))
    assert fields(row) == GOOD


def test_a_workbook_cut_short_is_rejected() -> None:
    assert "day.xlsx cannot be read as a workbook" in rejection(sheet_of(NAMES, ROW)[:-60])


def test_a_workbook_above_the_limit_is_rejected() -> None:
    source_contract = workbook_contract(max_bytes=2_000)
    assert "more than 2,000 bytes after decompression" in rejection(sheet_of(NAMES, *[ROW] * 500), source_contract)


def test_a_missing_column_is_named_by_its_row() -> None:
    assert rejection(sheet_of([], NAMES[1:])).startswith("line 2: column Invoice is missing")
