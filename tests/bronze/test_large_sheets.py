"""Workbooks up to the largest: memory by the row, and an extent above which they are refused."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.errors import BrokenFile
from app.source.workbook import check_extent
from tests.bronze.workbooks import large_workbook, saved
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
