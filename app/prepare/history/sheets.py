"""A historical export as sheets of rows: those of an .xlsx workbook, or a .csv or .csv.gz file as one."""

import codecs
import csv
import gzip
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from app.errors import BrokenFile, Misconfigured

Cell = str | bool | int | float | datetime | date | None
Row = tuple[int, list[Cell]]

CSV_PLACE: Final = "line"
UNREADABLE: Final = (
    OSError, EOFError, UnicodeError, csv.Error, zlib.error, BadZipFile, InvalidFileException, ParseError,
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """One sheet: what a row's place is called, `line` or like `sheet 'Sales', row`, and numbered rows."""

    place: str
    rows: Iterator[Row]


def read_sheets(export: Path, encoding: str) -> Generator[Sheet, None, None]:
    """Yield the sheets of `export`, each with numbered rows, from 1; read one to its end before the next.

    Misconfigured: no such file, another kind of file, or no such encoding; the rest is left to `reader_errors`.
    """
    if not export.is_file():
        raise Misconfigured(f"{export} is no file: name the export, an .xlsx, .csv or .csv.gz file.")
    readers = {".xlsx": read_workbook, ".csv": read_csv, ".csv.gz": read_csv}
    for ending, reader in readers.items():
        if export.name.lower().endswith(ending):
            yield from reader(export, encoding)
            return
    raise Misconfigured(f"{export.name} ends in none of {', '.join(readers)}: save it as one of them.")


def read_csv(export: Path, encoding: str) -> Iterator[Sheet]:
    """Yield the one sheet of a CSV file: comma, RFC 4180 quoting; rows are numbered by their last line."""
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise Misconfigured(f"{encoding} is no encoding: give one such as utf-8 or latin-1.") from error
    opener = gzip.open if export.name.lower().endswith(".gz") else open
    with opener(export, "rt", encoding=encoding, newline="") as file:
        reader = csv.reader(file, strict=True)
        yield Sheet(CSV_PLACE, ((reader.line_num, list[Cell](row)) for row in reader))


def read_workbook(export: Path, _encoding: str) -> Iterator[Sheet]:
    """Yield every worksheet, formulas as the values that the workbook was saved with."""
    with closing(open_workbook(export)) as book:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            yield Sheet(f"sheet '{sheet.title}', row", numbered(sheet.iter_rows(values_only=True)))


def numbered(rows: Iterable[tuple[Cell, ...]]) -> Iterator[Row]:
    """Yield the rows with their numbers, none shorter than the first."""
    width = 0
    for number, row in enumerate(rows, start=1):
        width = width or len(row)
        yield number, [*row, *[None] * (width - len(row))]


def open_workbook(export: Path) -> Any:
    """Return the workbook, opened to be streamed."""
    try:
        return load_workbook(export, read_only=True, data_only=True)
    except KeyError as error:
        raise BadZipFile(f"no workbook in it ({error})") from error


@contextmanager
def reader_errors(export: Path) -> Iterator[None]:
    """Turn what the readers raise into BrokenFile."""
    try:
        yield
    except UNREADABLE as error:
        raise BrokenFile(
            f"{export.name} cannot be read: {error}. Save it anew; if it is not UTF-8, give its encoding."
        ) from error
