"""Reader of .xlsx workbooks, whose memory use is bounded before they are opened."""

import posixpath
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.errors import BrokenFile
from app.source.formulas import Formulas
from app.source.sheet_scan import TooManyCells, chunks_of, scan_sheet

Cell = str | bool | int | float | datetime | date | time | timedelta | None
SheetRow = tuple[int, list[Cell]]

SHEET: Final = re.compile(r"""<(?:\w+:)?sheet\s((?:[^>"']|"[^"]*"|'[^']*')*)>""")
SHEET_ID: Final = re.compile(r"""\s\w+:id=["']([^"']*)["']""")
RELATIONSHIP: Final = re.compile(r"""<(?:\w+:)?Relationship\s((?:[^>"']|"[^"]*"|'[^']*')*)>""")
ATTRIBUTE: Final = re.compile(r"""(?:^|\s)(Id|Target)=["']([^"']*)["']""")
MAX_INDEX_BYTES: Final = 4 * 1024**2
END: Final[tuple[int, list[tuple[int, str]]]] = (0, [])


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet.

    Attributes:
        rows: reads its rows with their numbers, from 1; formulas as their saved values, or
            as errors such as #N/A, or #NO_VALUE! if no value is saved.
    """

    name: str
    is_visible: bool
    rows: Callable[[], Iterator[SheetRow]]


@contextmanager
def open_workbook(
    content: IO[bytes], name: str, max_bytes: int | None = None, *, shows_errors: bool = True
) -> Iterator[list[Sheet]]:
    """Open the worksheets of a workbook; raises BrokenFile if it cannot be read or is too large.

    One sheet is in memory at a time, with about 350 bytes per row of eight cells, and twice that during parsing. A
    million such rows take 13 seconds.

    Args:
        name: name of the file in messages; max_bytes: largest size after decompression.
        shows_errors: whether cells have the errors of their formulas, instead of being empty.
    """
    try:
        formulas = check_extent(content, name, max_bytes)
        parts = sheet_parts(content) if shows_errors and any(formulas.values()) else []
        content.seek(0)
        with CalamineWorkbook.from_filelike(content) as book:
            yield [
                Sheet(
                    sheet.name,
                    sheet.visible == SheetVisibleEnum.Visible,
                    _reader(book, sheet.name, formulas.get(part or "")),
                )
                for sheet, part in zip_longest(book.sheets_metadata, parts[: len(book.sheets_metadata)])
                if sheet.typ == SheetTypeEnum.WorkSheet
            ]
    except (CalamineError, BadZipFile, RuntimeError, EOFError) as error:  # zipfile raises RuntimeError for passwords
        raise BrokenFile(
            f"{name} cannot be read as a workbook: {error}. Save it again as .xlsx, without a password."
        ) from error


def check_extent(content: IO[bytes], name: str, max_bytes: int | None = None) -> dict[str, Formulas]:
    """Return the formulas without a value by the parts of a workbook, in lower case.

    Raises BrokenFile for a workbook that does not fit into memory: calamine allocates every cell, and the rectangle
    from the first to the last one, and aborts the process if that fails. Any part can be a sheet.
    """
    size, found = 0, dict[str, Formulas]()

    def limited(part: IO[bytes]) -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks_of(part):
            size += len(chunk)
            if max_bytes is not None and size > max_bytes:
                raise BrokenFile(f"more than {max_bytes:,} bytes after decompression; see REGULARS_MAX_OBJECT_BYTES")
            yield chunk

    with ZipFile(content) as parts:
        for part in parts.infolist():
            part.file_size = sys.maxsize  # zipfile reads no more than this, whereas calamine reads to the end
            with parts.open(part) as opened:
                try:
                    found[part.filename.lower()] = scan_sheet(limited(opened)).formulas
                except TooManyCells as error:
                    raise BrokenFile(
                        f"{name} has a sheet of {error}: delete the cells right of and below its table and save it "
                        "again, or save it as .csv."
                    ) from error
    return found


def sheet_parts(content: IO[bytes]) -> list[str]:
    """Return the names of the parts of the sheets in their order, in lower case; empty if they are not found."""
    try:
        with ZipFile(content) as parts:
            book, relationships = (
                _beginning(parts, name) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
            )
    except KeyError:
        return []
    pairs = (dict(ATTRIBUTE.findall(found)) for found in RELATIONSHIP.findall(relationships))
    targets = {pair.get("Id"): pair.get("Target", "") for pair in pairs}
    ids = (SHEET_ID.search(f" {attributes}") for attributes in SHEET.findall(book))
    return [posixpath.normpath(posixpath.join("/xl", targets.get(found and found[1], "")))[1:].lower() for found in ids]


def _beginning(parts: ZipFile, name: str) -> str:
    with parts.open(name) as part:
        return part.read(MAX_INDEX_BYTES).decode("utf-8", "replace")


def _reader(book: CalamineWorkbook, name: str, formulas: Formulas | None) -> Callable[[], Iterator[SheetRow]]:
    def rows() -> Iterator[SheetRow]:
        sheet = book.get_sheet_by_name(name)
        numbered = _numbered(sheet.iter_rows())
        first = sheet.start[1] if sheet.start is not None else 0
        return _with_formulas(numbered, formulas, first) if formulas else numbered

    return rows


def _numbered(rows: Iterable[Sequence[Cell]]) -> Iterator[SheetRow]:
    for number, row in enumerate(rows, start=1):
        yield number, [None if cell == "" else cell for cell in row]


def _with_formulas(rows: Iterator[SheetRow], formulas: Formulas, first: int) -> Iterator[SheetRow]:
    """Yield rows with the texts of formulas without a value; first: column of their first cell, from 0."""
    left = min(first, formulas.first_column - 1)
    last, without_value = 0, formulas.rows()
    number, found = next(without_value, END)
    for last, cells in rows:
        row = [*[None] * (first - left), *cells]
        if last == number:
            row = _filled(row, found, left)
            number, found = next(without_value, END)
        yield last, row
    while number:
        yield from ((empty, list[Cell]()) for empty in range(last + 1, number))
        yield number, _filled([], found, left)
        last, (number, found) = number, next(without_value, END)


def _filled(row: list[Cell], found: Sequence[tuple[int, str]], left: int) -> list[Cell]:
    row = [*row, *[None] * (found[-1][0] - left - len(row))]
    for column, text in found:
        row[column - left - 1] = text
    return row
