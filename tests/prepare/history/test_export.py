"""What an export may be, how its dates are declared, and what is refused."""

import gzip
import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from app.errors import BrokenFile, Misconfigured
from app.prepare.history.export import normalise_number, trim_empty_tail
from app.prepare.history.split import split
from tests.prepare.history.exports import (
    CSV,
    FIRST,
    HEADER,
    START,
    YEAR_1,
    contents,
    invoices,
    online_retail,
    small,
    text_file,
    workbook,
)


def test_a_whole_number_written_with_a_fraction_is_whole() -> None:
    assert repr(normalise_number(6.0)) == "6"


def test_empty_cells_beyond_the_header_are_no_cells() -> None:
    assert trim_empty_tail([1, None, 3, None, None], 1) == [1, None, 3]


def test_a_sheet_that_understates_its_size_is_read_whole(tmp_path: Path) -> None:
    export = online_retail(tmp_path)
    with ZipFile(export) as parts:
        texts = {name: parts.read(name) for name in parts.namelist()}
    with ZipFile(export, "w") as parts:
        for name, text in texts.items():
            parts.writestr(name, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"', text))
    assert split(export, tmp_path / "out", start=START).rows == 4


@pytest.mark.parametrize("sold", ["2009-12-01", "2009-12-01 07:45", "2009-12-01T07:45:00", "2009-12-01 07:45:00.5"])
def test_iso_dates_are_read_with_and_without_time(tmp_path: Path, sold: str) -> None:
    split(text_file(tmp_path, small(sold, "2009-12-01")), tmp_path / "out", start=START)
    assert invoices(tmp_path / "out") == [["1", "2"]]


def test_a_declared_date_format_is_read(tmp_path: Path) -> None:
    export = text_file(tmp_path, small("12/1/2010 8:26", "1/12/2010 9:00"))
    split(export, tmp_path / "out", start=START, date_format="%m/%d/%Y %H:%M")
    assert invoices(tmp_path / "out") == [["2"], ["1"]]


@pytest.mark.parametrize("sold", ["1/12/2010", "20091201", "2009-W49-2", "2009-13-01", "2009-12-01Z", ""])
def test_a_date_that_is_not_iso_is_never_guessed(tmp_path: Path, sold: str) -> None:
    with pytest.raises(BrokenFile) as refused:
        split(text_file(tmp_path, small("2009-12-01", sold)), tmp_path / "out", start=START)
    assert f"export.csv, line 3: InvoiceDate '{sold}' is no date" in str(refused.value)


def test_a_date_that_is_not_as_declared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match=r"line 2: InvoiceDate '2009-12-01' is no date of the format %d\.%m\.%Y"):
        split(text_file(tmp_path, small("2009-12-01")), tmp_path / "out", start=START, date_format="%d.%m.%Y")


def test_a_refused_date_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match="Declare how dates are written with date_format, such as %m/%d/%Y"):
        split(text_file(tmp_path, small("12/1/2010 8:26")), tmp_path / "out", start=START)


def test_a_refused_date_of_a_workbook_names_sheet_and_row(tmp_path: Path) -> None:
    export = workbook(tmp_path / "one.xlsx", {"Sales": [["Invoice", "InvoiceDate"], [1, FIRST], [2, 40148.5]]})
    with pytest.raises(BrokenFile, match=r"one\.xlsx, sheet 'Sales', row 3: InvoiceDate 40148\.5 is no date"):
        split(export, tmp_path / "out", start=START)


def test_a_refused_export_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile):
        split(text_file(tmp_path, small("2009-12-01", "never")), tmp_path / "out", start=START)
    assert list((tmp_path / "out").iterdir()) == []


REFUSED = {
    "no InvoiceDate": (
        "Invoice;InvoiceDate\n1;2010-01-01\n",
        "no column InvoiceDate in its header, line 1: Invoice;",
    ),
    "two": (
        "InvoiceDate,invoice_date\n",
        "more than one column InvoiceDate in its header, line 1: InvoiceDate, ",
    ),
    "empty": ("", "no column InvoiceDate"),
    "only a header": ("Invoice,InvoiceDate\n", "a header and no sales"),
    "open quote": ('Invoice,InvoiceDate\n"1,2010-01-01\n', "cannot be read: unexpected end of data"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BrokenFile, match=message):
        split(text_file(tmp_path, text), tmp_path / "out", start=START)


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    export = text_file(tmp_path, small("2010-01-01").replace("A", "£"), "latin-1")
    with pytest.raises(BrokenFile, match="is not UTF-8, give its encoding"):
        split(export, tmp_path / "out", start=START)


def test_a_declared_encoding_is_read_and_written_as_utf_8(tmp_path: Path) -> None:
    export = text_file(tmp_path, small("2010-01-01").replace("A", "£"), "latin-1")
    split(export, tmp_path / "out", start=START, encoding="latin-1")
    assert next(iter(contents(tmp_path / "out").values())).endswith("£\n")


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="latin-77 is no encoding"):
        split(text_file(tmp_path, CSV), tmp_path / "out", start=START, encoding="latin-77")


def test_a_sheet_without_sales_is_left_out_and_told(tmp_path: Path) -> None:
    notes: list[list[object]] = [["Source", "UCI"]]
    sheets = {"Notes": notes, "Sales": [HEADER, *YEAR_1]}
    made = split(workbook(tmp_path / "two.xlsx", sheets), tmp_path / "out", start=START)
    assert (made.rows, made.skipped) == (3, ("sheet 'Notes', row 1: Source, UCI",))


def test_a_workbook_without_sales_is_refused_with_what_was_found(tmp_path: Path) -> None:
    export = workbook(tmp_path / "one.xlsx", {"Notes": [["Source", "UCI"]]})
    with pytest.raises(BrokenFile, match="no header with InvoiceDate: found sheet 'Notes', row 1: Source, UCI"):
        split(export, tmp_path / "out", start=START)


def test_a_sheet_of_sales_without_dates_is_refused(tmp_path: Path) -> None:
    export = workbook(tmp_path / "one.xlsx", {"Sales": [["Invoice", "Date"], [1, FIRST]]})
    with pytest.raises(BrokenFile, match="no column InvoiceDate in its header, sheet 'Sales', row 1: Invoice, Date"):
        split(export, tmp_path / "out", start=START)


def test_sheets_with_other_columns_are_refused(tmp_path: Path) -> None:
    sheets = {"A": [["Invoice", "InvoiceDate"], [1, FIRST]], "B": [["InvoiceDate", "Invoice"], [FIRST, 1]]}
    with pytest.raises(BrokenFile, match="different headers: the second is sheet 'B', row 1: InvoiceDate, Invoice"):
        split(workbook(tmp_path / "two.xlsx", sheets), tmp_path / "out", start=START)


@pytest.mark.parametrize("name", ["broken.xlsx", "broken.csv.gz"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(CSV)
    with pytest.raises(BrokenFile, match=f"{name} cannot be read"):
        split(tmp_path / name, tmp_path / "out", start=START)


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "other.xlsx", "w") as parts:
        parts.writestr("readme.txt", "no workbook")
    with pytest.raises(BrokenFile, match=r"other\.xlsx cannot be read: no workbook in it"):
        split(tmp_path / "other.xlsx", tmp_path / "out", start=START)


@pytest.mark.parametrize("ending", [".xlsx", ".csv.gz"])
def test_a_file_cut_short_is_refused(tmp_path: Path, ending: str) -> None:
    whole = online_retail(tmp_path).read_bytes() if ending == ".xlsx" else gzip.compress(CSV.encode())
    (tmp_path / f"cut{ending}").write_bytes(whole[:-60])
    with pytest.raises(BrokenFile, match="cannot be read"):
        split(tmp_path / f"cut{ending}", tmp_path / "out", start=START)


@pytest.mark.parametrize(("name", "message"), [("none.csv", "is no file"), ("sales.ods", "ends in none of .xlsx")])
def test_an_export_that_is_no_file_or_of_another_kind_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "sales.ods").write_bytes(b"")
    with pytest.raises(Misconfigured, match=message):
        split(tmp_path / name, tmp_path / "out", start=START)
