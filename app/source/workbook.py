"""Reader of .xlsx workbooks, whose memory use is bounded before they are opened."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, reduce
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.errors import BrokenFile

Cell = str | bool | int | float | datetime | date | time | timedelta | None
SheetRow = tuple[int, list[Cell]]

SHEET_PART: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
READ_PART: Final = re.compile(r"xl/(sharedStrings|styles|workbook)\.xml")
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MAX_REFERENCE_CHARACTERS: Final = 32
CHUNK_BYTES: Final = 1024**2
MAX_CELLS: Final = 10_000_000
"""About 800 MB of memory during parsing."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet.

    Attributes:
        rows: reads its rows with their numbers, from 1; formulas as their saved values, errors such as #N/A as None.
    """

    name: str
    is_visible: bool
    rows: Callable[[], Iterator[SheetRow]]


@contextmanager
def open_workbook(content: IO[bytes], name: str, max_bytes: int | None = None) -> Iterator[list[Sheet]]:
    """Open the worksheets of a workbook; raises BrokenFile if it cannot be read or is too large.

    One sheet is in memory at a time, with about 350 bytes per row of eight cells, and twice that during parsing. A
    million such rows take 13 seconds.

    Args:
        name: name of the file in messages; max_bytes: largest size after decompression.
    """
    try:
        check_extent(content, name, max_bytes)
        content.seek(0)
        with CalamineWorkbook.from_filelike(content) as book:
            yield [
                Sheet(sheet.name, sheet.visible == SheetVisibleEnum.Visible, _reader(book, sheet.name))
                for sheet in book.sheets_metadata
                if sheet.typ == SheetTypeEnum.WorkSheet
            ]
    except (CalamineError, BadZipFile, RuntimeError, EOFError) as error:  # zipfile raises RuntimeError for passwords
        raise BrokenFile(
            f"{name} cannot be read as a workbook: {error}. Save it again as .xlsx, without a password."
        ) from error


def check_extent(content: IO[bytes], name: str, max_bytes: int | None = None) -> None:
    """Raise BrokenFile for a workbook that does not fit into memory.

    Calamine allocates the rectangle from the first to the last cell, and aborts the process if that fails; a single
    cell in the last column of a sheet can cause this.
    """
    size = 0
    with ZipFile(content) as parts:
        for part in parts.infolist():
            if not (SHEET_PART.fullmatch(part.filename) or READ_PART.fullmatch(part.filename)):
                continue
            size += part.file_size  # zipfile reads no more of a part than it declares
            if max_bytes is not None and size > max_bytes:
                raise BrokenFile(f"more than {max_bytes:,} bytes after decompression; see REGULARS_MAX_OBJECT_BYTES")
            with parts.open(part) as opened:
                columns, rows = extent_of(opened)
            if SHEET_PART.fullmatch(part.filename) and columns * rows > MAX_CELLS:
                raise BrokenFile(
                    f"{name} has a sheet of {columns:,} columns and {rows:,} rows: delete the cells right "
                    "of and below its table and save it again, or save it as .csv."
                )


def extent_of(part: IO[bytes]) -> tuple[int, int]:
    """Return the last column and the last row of a sheet's XML."""
    last, rows, tail = 1, 1, b""
    while chunk := part.read(CHUNK_BYTES):
        columns = set()
        for letters, row in references(min(last, len(LETTERS))).findall(tail + chunk):
            columns.add(letters)
            rows = max(rows, int(row))
        last = max(last, *map(column_number, columns), 1)
        tail = chunk[-MAX_REFERENCE_CHARACTERS:]
    return last, rows


@cache
def references(last: int) -> re.Pattern[bytes]:
    """Return the pattern of references that can enlarge a sheet whose last known column, up to Z, is this one.

    They are r="7" of a row, and r="AB7" of a cell in a later column, or with a long number of a row.
    """
    later = f"[{LETTERS[last:]}]|" if LETTERS[last:] else ""
    return re.compile(rf"""\sr=["']([A-Z]{{2,3}}|{later}[A-Z](?=\d{{8}})|)(\d{{1,20}})["']""".encode())


def column_number(letters: bytes) -> int:
    """Return the number of a spreadsheet column, 1 for A and 27 for AA."""
    return reduce(lambda number, letter: number * 26 + letter - ord("A") + 1, letters, 0)


def _reader(book: CalamineWorkbook, name: str) -> Callable[[], Iterator[SheetRow]]:
    return lambda: _numbered(book.get_sheet_by_name(name).iter_rows())


def _numbered(rows: Iterable[Sequence[Cell]]) -> Iterator[SheetRow]:
    for number, row in enumerate(rows, start=1):
        yield number, [None if cell == "" else cell for cell in row]
