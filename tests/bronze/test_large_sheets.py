"""Workbooks up to the largest: memory by the row, and an extent above which they are refused."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.errors import BrokenFile
from app.source.workbook import check_extent
from tests.bronze.workbooks import PARTS, SHEET, large_workbook, saved
from tests.layers import HEADER

ROWS = 100_000
"""A tenth of a million: memory is proportional to it."""
MAX_BYTES_PER_ROW = 1_000
READ = """
import resource, sys
from app.bronze.sheet_lines import sheet_lines
from tests.bronze.workbooks import workbook_contract

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

rules, before = workbook_contract(), peak()
with open(sys.argv[1], "rb") as file:
    rows = sum(1 for _ in sheet_lines(file, "day.xlsx", rules))
print(rows, peak() - before)
"""


def test_the_memory_of_a_workbook_is_bounded_by_its_rows(tmp_path: Path) -> None:
    with (tmp_path / "day.xlsx").open("wb") as file:
        large_workbook(file, HEADER.split(","), ROWS)
    command = [sys.executable, "-c", READ, str(tmp_path / "day.xlsx")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    rows, used = map(int, done.stdout.split())
    assert (rows, used < ROWS * MAX_BYTES_PER_ROW) == (ROWS + 1, True)


def sheet_of_xml(data: str, part: str = "xl/worksheets/sheet1.xml") -> io.BytesIO:
    """A workbook whose sheet has these rows, in a part of this name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, text in PARTS.items():
            parts.writestr(name, text.replace("worksheets/sheet1.xml", f"/{part}"))
        parts.writestr(part, f'<worksheet xmlns="{SHEET}"><sheetData>{data}</sheetData></worksheet>')
    return content


def falsified(content: io.BytesIO) -> io.BytesIO:
    """The workbook with a sheet that seems to have ten bytes."""
    with zipfile.ZipFile(content) as parts:
        sheet = parts.infolist()[-1]
        start = parts.open(sheet).read(10)
    described = struct.pack("<LLL", sheet.CRC, sheet.compress_size, sheet.file_size)
    other = struct.pack("<LLL", zlib.crc32(start), sheet.compress_size, len(start))
    return io.BytesIO(content.getvalue().replace(described, other))


CELL = "<c><v>1</v></c>"
MANY = {
    "without references": "<row>" + CELL * 1_000 + "</row>",
    "without rows": CELL * 16_000,
    "with references": '<row r="1">' + '<c r="A1"/>' * 1_000 + "</row>",
    "with a prefix": '<x:row r="1">' + '<x:c r="A1"/>' * 1_000 + "</x:row>",
    "with other spaces": "<row\n>" + "<c\n s='1'/>" * 1_000 + "</row>",
}
MAX_CELLS = 10_000_000


@pytest.mark.parametrize("row", MANY.values(), ids=MANY)
def test_cells_are_counted_however_they_are_written(row: str) -> None:
    content = sheet_of_xml(row * (MAX_CELLS // max(row.count("<c"), row.count(":c")) + 1))
    with pytest.raises(BrokenFile, match=r"day\.xlsx has a sheet of "):
        check_extent(content, "day.xlsx")


FAR = {
    "in another row": '<row r="1"><c r="XFD1"/><c r="A1048576"/></row>',
    "in small letters": '<row r="1"><c r="A1"/></row><row r="2"><c r="xfd1048576"/></row>',
    "behind a reference": '<row r="1048575"><c r="XFC1"/><c/></row><row><c/></row>',
    "after other attributes": '<row s="1" r="1"><c s="1" r="XFD1"/></row><row r="9"><c t=\'n\' r=\'A1048576\'/></row>',
    "behind a bracket": '<row><c x=">" r="A1"/><c x=">" r="XFD1048576"/></row>',
    "with a long prefix": f'<{"x" * 200}:row><{"x" * 200}:c r="A1"/><{"x" * 200}:c r="XFD1048576"/>',
    "with spaces": '<row><c r\n=\n"A1"/></row><row r = "1048576"><c s="1" r = "XFD1048576"/></row>',
    "behind a long attribute": '<row><c r="A1"/><c x="' + " " * 5_000_000 + '" r="XFD1048576"/></row>',
    "before empty rows": '<row r="1"><c r="A1"/></row>' + "<row/>" * 10_000_000 + "<row><c/></row>",
}


@pytest.mark.parametrize("rows", FAR.values(), ids=FAR)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/Other.bin"])
def test_a_far_cell_is_found_however_it_is_written(rows: str, part: str) -> None:
    with pytest.raises(BrokenFile, match=r"day\.xlsx has a sheet of "):
        check_extent(sheet_of_xml(rows, part), "day.xlsx")


def test_a_part_is_read_to_its_end_whatever_its_declared_size() -> None:
    content = falsified(sheet_of_xml(MANY["without references"] * 11_000))
    with pytest.raises(BrokenFile, match=r"day\.xlsx has a sheet of "):
        check_extent(content, "day.xlsx")


def with_last_cell(reference: str) -> io.BytesIO:
    """A workbook whose last cell is this one."""
    book = Workbook()
    book.worksheets[0]["C3"] = book.worksheets[0][reference] = 1
    return io.BytesIO(saved(book))


@pytest.mark.parametrize("reference", ["A1048576", "H1048576", "J1000000", "AA370370", "XFD610"])
def test_a_million_rows_of_ten_columns_are_read(reference: str) -> None:
    check_extent(with_last_cell(reference), "day.xlsx")


@pytest.mark.parametrize("reference", ["K1000000", "J1048576", "AA370371", "XFD1048576"])
def test_a_larger_sheet_is_refused_with_the_remedy(reference: str) -> None:
    with pytest.raises(BrokenFile, match=r"delete the cells right of and below its table .* or save it as \.csv"):
        check_extent(with_last_cell(reference), "day.xlsx")


def with_parts(sheet: str, **others: str) -> io.BytesIO:
    content = sheet_of_xml(sheet)
    with zipfile.ZipFile(content, "a") as parts:
        for name, text in others.items():
            parts.writestr(f"xl/{name}.xml", text)
    return content


def test_the_order_of_calculation_is_not_a_sheet() -> None:
    wide, tall = '<c r="XFD1" i="1"/>', '<c r="A1048576" i="2"/>'
    content = with_parts('<row r="1"><c r="A1"/></row>', calcChain=f"<calcChain>{wide}{tall}</calcChain>")
    check_extent(content, "day.xlsx")


def test_a_part_without_elements_is_not_a_sheet() -> None:
    check_extent(with_parts('<row r="1"><c r="A1"/></row>', picture="x" * 5_000_000), "day.xlsx")


UNENDED = {
    "cells": "<c " * 600_000,
    "errors": '<c t="e" ' * 200_000,
    "attributes": "<c" + ' t="e"' * 300_000,
    "formulas": '<c r="A1"><f ' * 150_000,
    "blanks": "<c r='A1'><f/>" + " " * 2_000_000,
    "references": "<c " + "r = " * 400_000,
    "prefixes": "<" + "x" * 2_000_000 + ":c ",
}


@pytest.mark.parametrize("rows", UNENDED.values(), ids=UNENDED)
def test_the_time_of_a_scan_is_proportional_to_the_part(rows: str) -> None:
    """A quadratic search would take hours: the test would not end."""
    check_extent(sheet_of_xml(rows), "day.xlsx")
