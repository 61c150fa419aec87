"""A historical export cut into the days it was sold on, as daily files in the layout of the source bucket."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final

from app.errors import BrokenFile
from app.prepare.daily_files import (
    DaySummary,
    Progress,
    Summary,
    atomic_write,
    claim_folder,
    day_path,
    nth_day,
    summarise,
)
from app.prepare.history.export import Export
from app.prepare.history.external_sort import ExternalSort

REPORT_ROWS: Final = 10_000


@dataclass(frozen=True)
class Split(Summary):
    """What was written, and the sheets without sales that were left out, each with its first row."""

    skipped: tuple[str, ...]


def split(
    export: Path,
    out: Path,
    *,
    start: date,
    date_format: str | None = None,
    encoding: str = "utf-8-sig",
    replace: bool = False,
    progress: Progress | None = None,
    reading: Callable[[int], None] | None = None,
) -> Split:
    """Write one file a trading day of `export`, an .xlsx, .csv or .csv.gz file, into `out`.

    The i-th day with sales, from 0, is dated `start` + i days. Columns, rows and cells stay as they are and
    in order, but InvoiceDate becomes the ISO date alone, and numbers of a workbook are written as pandas
    writes their column: 12.0 for 12 where others are fractions or missing. Dates that are text are ISO with
    or without a time, unless `date_format` (as of strptime) declares otherwise; `encoding` is that of a CSV
    file. At most 50,000 rows are in memory; the others wait in a hidden folder in `out`.

    `reading` is told how many rows are read, every 10,000; `progress` of each day once its file is complete.

    BrokenFile: no sales, or not as declared; no day is written then. Misconfigured: no such export, or `out`
    cannot be written or holds anything. With `replace`, days that `out` holds already are written over and
    its other files stay.
    """
    source = Export(export, date_format=date_format, encoding=encoding)
    claim_folder(out, replace=replace)
    with ExternalSort(out) as sorter:
        for number, (day, cells) in enumerate(source.rows(), start=1):
            sorter.add(day, cells)
            if reading is not None and number % REPORT_ROWS == 0:
                reading(number)
        if not sorter.rows:
            raise BrokenFile(f"{export.name} has a header and no sales below it.")
        sorter.flush()
        nth_day(start, len(sorter.rows) - 1)
        written = []
        for place, sold in enumerate(sorted(sorter.rows)):
            written.append(write_day(out, nth_day(start, place), source, sorter.read(sold)))
            if progress is not None:
                progress(written[-1])
    return Split(**vars(summarise(written)), skipped=tuple(source.skipped))


def write_day(out: Path, day: date, source: Export, rows: Iterator[list[str]]) -> DaySummary:
    """Write the file of one day, its rows dated anew."""
    path, count, decimal = day_path(out, day), 0, source.decimal
    with atomic_write(path) as file:
        writer = csv.writer(Lines(file))
        writer.writerow(source.header)
        for row in rows:
            row[source.date_column] = f"{day}"
            for column in decimal:
                row[column] = row[column] and repr(float(row[column]))
            writer.writerow(row)
            count += 1
        size = file.tell()
    return DaySummary(day, path, count, size)


class Lines:
    """What csv.writer writes to: rows end in a line feed alone, cells with either line end are quoted."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        """Write one row that csv.writer ended with its own line end."""
        return self._file.write(row.removesuffix("\r\n").encode() + b"\n")
