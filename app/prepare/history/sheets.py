"""Readers of historical exports: the sheets of an .xlsx workbook, or a .csv or .csv.gz file as one sheet."""

import csv
import gzip
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.contract.model import Dialect
from app.errors import BrokenFile, Misconfigured
from app.source.workbook import Cell, SheetRow, open_workbook

CSV_LABEL: Final = "line"


@dataclass(frozen=True)
class HistorySheet:
    """One sheet with its numbered rows.

    Attributes:
        label: name of a row in messages, such as `line` or `sheet 'Sales', row`.
    """

    label: str
    rows: Iterator[SheetRow]


def read_sheets(export: Path, dialect: Dialect) -> Generator[HistorySheet, None, None]:
    """Yield the sheets of `export`, to be read one after the other; rows are numbered from 1.

    Raises Misconfigured if the file does not exist or is of another kind; other errors: see `reader_errors`.
    """
    if not export.is_file():
        raise Misconfigured(f"{export} is not a file: give an export as .xlsx, .csv or .csv.gz.")
    readers = {".xlsx": read_workbook, ".csv": read_csv, ".csv.gz": read_csv}
    for ending, reader in readers.items():
        if export.name.lower().endswith(ending):
            yield from reader(export, dialect)
            return
    raise Misconfigured(f"{export.name} does not end in {' or '.join(readers)}: save it as one of them.")


def read_csv(export: Path, dialect: Dialect) -> Iterator[HistorySheet]:
    """Yield a CSV file in the declared format as one sheet; a row has the number of its last line."""
    opener = gzip.open if export.name.lower().endswith(".gz") else open
    encoding = "utf-8-sig" if dialect.encoding == "utf-8" else dialect.encoding
    with opener(export, "rt", encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=dialect.delimiter, strict=True)
        yield HistorySheet(CSV_LABEL, ((reader.line_num, list[Cell](row)) for row in reader))


def read_workbook(export: Path, _dialect: Dialect) -> Iterator[HistorySheet]:
    """Yield every worksheet, the hidden ones too; cells with an error are empty."""
    with export.open("rb") as content, open_workbook(content, export.name, shows_errors=False) as sheets:
        for sheet in sheets:
            yield HistorySheet(f"sheet '{sheet.name}', row", sheet.rows())


@contextmanager
def reader_errors(export: Path) -> Iterator[None]:
    """Translate the errors of the readers into BrokenFile."""
    try:
        yield
    except UnicodeError as error:
        raise BrokenFile(
            f"{export.name} cannot be read: {error}. Give its encoding with --encoding, such as cp1252."
        ) from error
    except (OSError, EOFError, csv.Error, zlib.error) as error:
        raise BrokenFile(f"{export.name} cannot be read: {error}. Check the file and export it again.") from error
