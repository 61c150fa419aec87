"""Samples of files: encoding, delimiter, quote and header."""

import gzip
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from app.contract.draft.sample import Sample, SampledFile
from app.contract.draft.server import server_remarks
from app.errors import BrokenFile
from app.prepare.draft.files import list_files
from app.prepare.draft.read import read_sample

HEADER = "Invoice,Date,Customer ID,Quantity,Price"
ROW = "1001,2026-03-25,13085,2,5.50"
PLAIN = f"{HEADER}\n{ROW}\n"


def sample(tmp_path: Path, content: bytes | str, name: str = "a.csv", max_bytes: int = 10_000) -> SampledFile:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (table,) = list_files([path]).files
    found = read_sample(table, max_bytes)
    assert found is not None
    return found


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_that_of_the_known_names(tmp_path: Path, delimiter: str) -> None:
    found = sample(tmp_path, PLAIN.replace(",", delimiter))
    assert (found.delimiter, found.names, [*found.rows]) == (delimiter, tuple(HEADER.split(",")), [ROW.split(",")])


def test_a_sep_line_gives_the_delimiter(tmp_path: Path) -> None:
    found = sample(tmp_path, "sep=;\n" + PLAIN.replace(",", ";"))
    assert (found.delimiter, found.has_sep_line, found.is_header_first, found.header_line) == (";", True, True, 2)


def test_a_sep_line_with_a_delimiter_that_the_loader_does_not_read_is_another_line(tmp_path: Path) -> None:
    found = sample(tmp_path, f"sep=§\n{PLAIN}")
    assert (found.delimiter, found.has_sep_line, found.is_header_first, found.header_line) == (",", False, False, 2)


def test_a_field_as_long_as_the_loader_reads_is_read(tmp_path: Path) -> None:
    found = sample(tmp_path, f"{HEADER}\n{'1' * 1_000_000},2026-03-25,13085,2,5.50\n", max_bytes=2_000_000)
    assert len(found.rows[0][0]) == 1_000_000


def test_a_header_below_other_lines_is_found(tmp_path: Path) -> None:
    found = sample(tmp_path, f"Sales report\nMarch\n\n{PLAIN}")
    assert (found.names[0], found.is_header_first, found.header_line) == ("Invoice", False, 4)


def test_a_quote_is_that_of_the_known_names(tmp_path: Path) -> None:
    assert sample(tmp_path, PLAIN.replace("Invoice", "'Invoice'").replace("Price", "'Price'")).quote == "'"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        *(("ascii", "ascii"), ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp1252", "windows-1252")),
        *((wide, wide) for wide in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, expected: str) -> None:
    name = "Ann" if encoding == "ascii" else "Müller"
    found = sample(tmp_path, PLAIN.replace("13085", name).encode(encoding))
    assert (found.encoding, found.rows[0][2], found.names[0]) == (expected, name, "Invoice")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32-be"])
def test_the_beginning_of_a_long_file_of_wide_characters_is_read(tmp_path: Path, encoding: str) -> None:
    found = sample(tmp_path, "\n".join([HEADER, *[ROW] * 200]).encode(encoding), max_bytes=4_001)
    assert (found.encoding, found.is_whole, found.uneven, found.rows[-1]) == (encoding, False, 0, ROW.split(","))


def test_further_sheets_with_rows_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name in ("Feb", "Notes", "Old"):
        book.create_sheet(name)
    for sheet in book.worksheets:
        sheet.append(HEADER.split(","))
    for name in ("Sheet", "Feb", "Old"):
        book[name].append(ROW.split(","))
    book["Old"].sheet_state = "hidden"
    content = io.BytesIO()
    book.save(content)
    found = sample(tmp_path, content.getvalue(), "a.xlsx")
    assert found.other_sheets == ("Feb",)
    assert "1 of 1 workbooks have further sheets with rows, which are not read: 'Feb' in a.xlsx" in "".join(
        server_remarks(Sample((found,))).checks
    )


def test_a_gzip_is_read(tmp_path: Path) -> None:
    assert sample(tmp_path, gzip.compress(PLAIN.encode()), "a.csv.gz").names[0] == "Invoice"


def test_a_member_of_a_zip_is_read(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("__MACOSX/._a.csv", "x")
        archive.writestr("a.csv", PLAIN)
    assert sample(tmp_path, packed.getvalue(), "a.zip").names[0] == "Invoice"


def test_a_broken_gzip_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match="cannot be decompressed"):
        sample(tmp_path, gzip.compress(PLAIN.encode())[:20], "a.csv.gz")


def test_a_workbook_is_read_below_its_title(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["Report"], HEADER.split(","), [1001, "2026-03-25", 13085, 2, 5.5]):
        book.active.append(row)
    packed = io.BytesIO()
    book.save(packed)
    found = sample(tmp_path, packed.getvalue(), "a.xlsx")
    assert (found.format, found.header_line, found.rows[0][0], found.rows[0][4]) == ("xlsx", 2, "1001", "5.5")


def test_rows_of_another_width_are_counted_and_left_out(tmp_path: Path) -> None:
    found = sample(tmp_path, f"{PLAIN}1002,2026-03-25\n{ROW},,\n")
    assert (found.uneven, len(found.rows)) == (1, 2)


def test_of_a_large_file_beginning_middle_and_end_are_read(tmp_path: Path) -> None:
    rows = [f"{number:06},2026-03-25,13085,2,5.50" for number in range(10_000)]
    found = sample(tmp_path, "\n".join([HEADER, *rows, ""]), max_bytes=3_030)
    numbers = [int(row[0]) for row in found.rows]
    assert {row[4] for row in found.rows} == {"5.50"}, "a row that is cut is left out"
    assert (found.is_whole, found.uneven, len(numbers) < 120) == (False, 0, True)
    assert (numbers[0], numbers[-1] > 9_990, any(4_900 < number < 5_100 for number in numbers)) == (0, True, True)
