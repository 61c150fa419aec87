"""What an export may be, how its dates are declared, and what is refused."""

import gzip
import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from app.errors import BrokenFile, Misconfigured
from app.prepare.history.export import normalise_number, trim_empty_tail
from tests.prepare.history.exports import (
    CSV,
    FIRST,
    HEADER,
    START,
    YEAR_1,
    declared,
    first_day,
    invoices,
    online_retail,
    small,
    split,
    text_file,
    workbook,
)


def test_a_whole_number_written_with_a_fraction_is_whole() -> None:
    assert repr(normalise_number(6.0)) == "6"


def test_empty_cells_beyond_the_header_are_no_cells() -> None:
    assert trim_empty_tail([1, None, 3, None, None], 1) == [1, None, 3]


def rewrite_sheets(export: Path, pattern: bytes, replacement: bytes) -> None:
    """Replace a pattern once in the XML of every sheet of a workbook."""
    with ZipFile(export) as parts:
        texts = {name: parts.read(name) for name in parts.namelist()}
    with ZipFile(export, "w") as parts:
        for name, text in texts.items():
            is_sheet = name.startswith("xl/worksheets/")
            parts.writestr(name, re.sub(pattern, replacement, text, count=1) if is_sheet else text)


def test_a_sheet_that_understates_its_size_is_read_whole(tmp_path: Path) -> None:
    export = online_retail(tmp_path)
    rewrite_sheets(export, rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"')
    assert split(export, tmp_path / "out", start=START).rows == 4


@pytest.mark.parametrize("sold", ["2009-12-01", "2009-12-01 07:45", "2009-12-01T07:45:00", "2009-12-01 07:45:00.5"])
def test_iso_dates_are_read_with_and_without_time(tmp_path: Path, sold: str) -> None:
    split(text_file(tmp_path, small(sold, "2009-12-01")), tmp_path / "out", start=START)
    assert invoices(tmp_path / "out") == [["1", "2"]]


def test_a_declared_date_format_is_read(tmp_path: Path) -> None:
    export = text_file(tmp_path, small("12/1/2010 8:26", "1/12/2010 9:00"))
    split(export, tmp_path / "out", start=START, reads=declared(dates="%m/%d/%Y %H:%M"))
    assert invoices(tmp_path / "out") == [["2"], ["1"]]


@pytest.mark.parametrize("sold", ["1/12/2010", "20091201", "2009-W49-2", "2009-13-01", "2009-12-01Z", ""])
def test_a_date_that_is_not_iso_is_never_guessed(tmp_path: Path, sold: str) -> None:
    with pytest.raises(BrokenFile) as refused:
        split(text_file(tmp_path, small("2009-12-01", sold)), tmp_path / "out", start=START)
    assert f"export.csv, line 3: InvoiceDate '{sold}' is not a date" in str(refused.value)


def test_a_date_that_is_not_as_declared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match=r"line 2: InvoiceDate '2009-12-01' is not a date of the format %d\.%m\.%Y"):
        split(text_file(tmp_path, small("2009-12-01")), tmp_path / "out", start=START, reads=declared(dates="%d.%m.%Y"))


def test_a_refused_date_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match="Give the format of dates with --date-format, such as"):
        split(text_file(tmp_path, small("12/1/2010 8:26")), tmp_path / "out", start=START)


def test_a_refused_date_of_a_workbook_names_sheet_and_row(tmp_path: Path) -> None:
    export = workbook(tmp_path / "one.xlsx", {"Sales": [HEADER, YEAR_1[0], [*YEAR_1[0][:4], 40148.5]]})
    with pytest.raises(BrokenFile, match=r"one\.xlsx, sheet 'Sales', row 3: InvoiceDate 40148\.5 is not a date"):
        split(export, tmp_path / "out", start=START)


def test_a_refused_export_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile):
        split(text_file(tmp_path, small("2009-12-01", "never")), tmp_path / "out", start=START)
    assert list((tmp_path / "out").iterdir()) == []


HEADER_LINE = small().strip()
REFUSED = {
    "another delimiter": (
        small("2010-01-01").replace(",", ";"),
        r"export\.csv, line 1: column Invoice.* is missing.*it looks delimited by ';'",
    ),
    "no column": ("Invoice,InvoiceDate,StockCode,Price\n", "line 1: column Quantity, Customer ID is missing"),
    "two": (f"{HEADER_LINE},invoice_date\n", "column InvoiceDate is in the header twice"),
    "empty": ("", "line 1: column Invoice, .* is missing"),
    "only a header": (f"{HEADER_LINE}\n", "no sales below it: export a period"),
    "open quote": (f'{HEADER_LINE}\n"1,2010-01-01\n', "cannot be read: unexpected end of data"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BrokenFile, match=message):
        split(text_file(tmp_path, text), tmp_path / "out", start=START)


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    export = text_file(tmp_path, small("2010-01-01").replace("A", "£"), "latin-1")
    with pytest.raises(BrokenFile, match="Give its encoding with --encoding"):
        split(export, tmp_path / "out", start=START)


def test_a_declared_encoding_is_read(tmp_path: Path) -> None:
    export = text_file(tmp_path, small("2010-01-01").replace("A", "£"), "latin-1")
    split(export, tmp_path / "out", start=START, reads=declared(encoding="latin-1"))
    assert ",£," in first_day(tmp_path / "out")


def test_a_sheet_without_sales_is_skipped_and_reported(tmp_path: Path) -> None:
    notes: list[list[object]] = [["Source", "UCI"]]
    sheets = {"Notes": notes, "Sales": [HEADER, *YEAR_1]}
    made = split(workbook(tmp_path / "two.xlsx", sheets), tmp_path / "out", start=START)
    assert (made.rows, made.skipped) == (3, ("sheet 'Notes', row 1: Source, UCI",))


def test_a_workbook_without_sales_is_refused_with_what_was_found(tmp_path: Path) -> None:
    export = workbook(tmp_path / "one.xlsx", {"Notes": [["Source", "UCI"]]})
    with pytest.raises(
        BrokenFile, match=r"only sheet 'Notes', row 1: Source, UCI\. .*column names in REGULARS_CONTRACT"
    ):
        split(export, tmp_path / "out", start=START)


def test_a_sheet_of_sales_without_dates_is_refused(tmp_path: Path) -> None:
    export = workbook(tmp_path / "one.xlsx", {"Sales": [["Invoice", "Date"], [1, FIRST]]})
    with pytest.raises(
        BrokenFile,
        match=r"sheet 'Sales', row 1: column StockCode, .*, InvoiceDate is missing; the header is: Invoice, Date",
    ):
        split(export, tmp_path / "out", start=START)


def test_sheets_with_other_columns_are_refused(tmp_path: Path) -> None:
    sheets = {"A": [HEADER, *YEAR_1], "B": [HEADER[::-1], YEAR_1[0][::-1]]}
    with pytest.raises(BrokenFile, match="sheet 'B', row 1: the header differs from the first sheet's: Country, "):
        split(workbook(tmp_path / "two.xlsx", sheets), tmp_path / "out", start=START)


@pytest.mark.parametrize("name", ["broken.xlsx", "broken.csv.gz"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(CSV)
    with pytest.raises(BrokenFile, match=f"{name} cannot be read"):
        split(tmp_path / name, tmp_path / "out", start=START)


@pytest.mark.parametrize(
    ("first", "size"),
    [(b"XFD1048576", "16,384 columns and 1,048,576 rows"), (b"A999999999", "8 columns and 999,999,999")],
)
def test_a_sheet_that_does_not_fit_into_memory_is_refused(tmp_path: Path, first: bytes, size: str) -> None:
    export = online_retail(tmp_path)
    rewrite_sheets(export, b' r="A1"', b' r="%s"' % first)
    with pytest.raises(BrokenFile, match=f"a sheet of {size}.*: delete the cells right of and below"):
        split(export, tmp_path / "out")


def test_an_error_value_is_an_empty_cell(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in ([*HEADER], [*YEAR_1[0]]):
        sheet.append(row)
    sheet["C2"], sheet["C2"].data_type = "#N/A", "e"
    book.save(tmp_path / "one.xlsx")
    split(tmp_path / "one.xlsx", tmp_path / "out")
    assert first_day(tmp_path / "out").splitlines()[1].startswith("489434,85048,,12,")


def test_a_chart_sheet_is_ignored(tmp_path: Path) -> None:
    book = Workbook()
    for row in ([*HEADER], [*YEAR_1[0]]):
        book.worksheets[0].append(row)
    book.create_chartsheet("Chart")
    book.save(tmp_path / "one.xlsx")
    assert split(tmp_path / "one.xlsx", tmp_path / "out").skipped == ()


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "other.xlsx", "w") as parts:
        parts.writestr("readme.txt", "no workbook")
    with pytest.raises(BrokenFile, match=r"other\.xlsx cannot be read as a workbook"):
        split(tmp_path / "other.xlsx", tmp_path / "out", start=START)


@pytest.mark.parametrize("ending", [".xlsx", ".csv.gz"])
def test_a_file_cut_short_is_refused(tmp_path: Path, ending: str) -> None:
    whole = online_retail(tmp_path).read_bytes() if ending == ".xlsx" else gzip.compress(CSV.encode())
    (tmp_path / f"cut{ending}").write_bytes(whole[:-60])
    with pytest.raises(BrokenFile, match="cannot be read"):
        split(tmp_path / f"cut{ending}", tmp_path / "out", start=START)


@pytest.mark.parametrize(("name", "message"), [("none.csv", "is not a file"), ("sales.ods", "does not end in .xlsx")])
def test_an_export_that_is_no_file_or_of_another_kind_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "sales.ods").write_bytes(b"")
    with pytest.raises(Misconfigured, match=message):
        split(tmp_path / name, tmp_path / "out", start=START)
