"""Readers of historical exports: the sheets of an .xlsx workbook, or a .csv or .csv.gz file as one sheet."""

import csv
import gzip
import re
import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from pathlib import Path
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from app.errors import BrokenFile, Misconfigured
from app.source.csv_format import CsvFormat

Cell = str | bool | int | float | datetime | date | time | timedelta | None
SheetRow = tuple[int, list[Cell]]

CSV_LABEL: Final = "line"
SHEET_PART: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
# r="7" of a row, r="AB7" of a cell beyond column Z: only these references can enlarge the extent of a sheet
REFERENCE: Final = re.compile(rb"""\sr=["']([A-Z]{2,3}|[A-Z](?=\d{8})|)(\d{1,20})["']""")
MAX_REFERENCE_CHARACTERS: Final = 32
CHUNK_BYTES: Final = 1024**2
MAX_CELLS: Final = 50_000_000


@dataclass(frozen=True)
class Sheet:
    """One sheet with its numbered rows.

    Attributes:
        label: name of a row in messages, such as `line` or `sheet 'Sales', row`.
    """

    label: str
    rows: Iterator[SheetRow]


def read_sheets(export: Path, declared: CsvFormat) -> Generator[Sheet, None, None]:
    """Yield the sheets of `export`, to be read one after the other; rows are numbered from 1.

    Raises Misconfigured if the file does not exist or is of another kind; other errors: see `reader_errors`.
    """
    if not export.is_file():
        raise Misconfigured(f"{export} is not a file: give an export as .xlsx, .csv or .csv.gz.")
    readers = {".xlsx": read_workbook, ".csv": read_csv, ".csv.gz": read_csv}
    for ending, reader in readers.items():
        if export.name.lower().endswith(ending):
            yield from reader(export, declared)
            return
    raise Misconfigured(f"{export.name} does not end in {' or '.join(readers)}: save it as one of them.")


def read_csv(export: Path, declared: CsvFormat) -> Iterator[Sheet]:
    """Yield a CSV file in the declared format as one sheet; the number of a row is that of its last line."""
    opener = gzip.open if export.name.lower().endswith(".gz") else open
    encoding = "utf-8-sig" if declared.encoding == "utf-8" else declared.encoding
    with opener(export, "rt", encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=declared.delimiter, strict=True)
        yield Sheet(CSV_LABEL, ((reader.line_num, list[Cell](row)) for row in reader))


def read_workbook(export: Path, _declared: CsvFormat) -> Iterator[Sheet]:
    """Yield every worksheet, formulas as their saved values and error values such as #N/A as empty cells.

    One sheet is in memory at a time, with about 350 bytes per row of eight cells, and twice that during parsing.
    """
    check_extent(export)
    with CalamineWorkbook.from_path(export) as book:
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                rows = numbered(book.get_sheet_by_name(sheet.name).iter_rows())
                yield Sheet(f"sheet '{sheet.name}', row", rows)


def check_extent(export: Path) -> None:
    """Raise BrokenFile for a sheet that does not fit into memory.

    Calamine allocates the rectangle from the first to the last cell, and aborts the process if that fails; a single
    cell in the last column of a sheet can cause this.
    """
    with ZipFile(export) as parts:
        for name in filter(SHEET_PART.fullmatch, parts.namelist()):
            with parts.open(name) as part:
                columns, rows = extent_of(part)
            if columns * rows > MAX_CELLS:
                raise BrokenFile(
                    f"{export.name} has a sheet of {columns:,} columns and {rows:,} rows: delete the cells right "
                    "of and below its table and save it again, or save it as .csv."
                )


def extent_of(part: IO[bytes]) -> tuple[int, int]:
    """Return the last column, 26 at least, and the last row of a sheet's XML."""
    columns, rows, tail = {b"Z"}, 1, b""
    while chunk := part.read(CHUNK_BYTES):
        for letters, row in REFERENCE.findall(tail + chunk):
            columns.add(letters)
            rows = max(rows, int(row))
        tail = chunk[-MAX_REFERENCE_CHARACTERS:]
    return max(map(column_number, columns)), rows


def column_number(letters: bytes) -> int:
    """Return the number of a spreadsheet column, 1 for A and 27 for AA."""
    return reduce(lambda number, letter: number * 26 + letter - ord("A") + 1, letters, 0)


def numbered(rows: Iterable[Sequence[Cell]]) -> Iterator[SheetRow]:
    """Yield the rows with their numbers; empty texts are converted to None."""
    for number, row in enumerate(rows, start=1):
        yield number, [None if cell == "" else cell for cell in row]


@contextmanager
def reader_errors(export: Path) -> Iterator[None]:
    """Translate the errors of the readers into BrokenFile."""
    try:
        yield
    except UnicodeError as error:
        raise BrokenFile(
            f"{export.name} cannot be read: {error}. Give its encoding with --encoding, such as cp1252."
        ) from error
    except (CalamineError, BadZipFile, RuntimeError) as error:  # zipfile raises RuntimeError for unknown features
        raise BrokenFile(
            f"{export.name} cannot be read as a workbook: {error}. Save it again as .xlsx, without a password."
        ) from error
    except (OSError, EOFError, csv.Error, zlib.error) as error:
        raise BrokenFile(f"{export.name} cannot be read: {error}. Check the file and export it again.") from error
