"""Split of a historical export into daily files in the layout of the source bucket."""

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, Final

from app.contract.model import SourceContract
from app.errors import BrokenFile, Misconfigured
from app.prepare.csv_format import date_formats
from app.prepare.daily_files import (
    DaySummary,
    SplitProgress,
    Summary,
    atomic_write,
    claim_folder,
    day_path,
    nth_day,
    summarise,
)
from app.prepare.history.cells import format_moment, swap_columns
from app.prepare.history.export import HistoricalExport
from app.prepare.history.external_sort import ExternalSort

REPORT_ROWS: Final = 10_000
HELD_ROWS: Final = 50_000


@dataclass(frozen=True)
class Split(Summary):
    """Totals of the daily files.

    skipped: sheets without sales, each with its first row.
    """

    skipped: tuple[str, ...]


def split(
    export: Path,
    out: Path,
    *,
    reads: SourceContract,
    writes: SourceContract,
    start: date | None = None,
    replace: bool = False,
    held_rows: int = HELD_ROWS,
    progress: SplitProgress | None = None,
    on_read: Callable[[int], None] | None = None,
) -> Split:
    """Write one file per trading day of `export`, an .xlsx, .csv or .csv.gz file, into `out`.

    Columns, rows and their order are kept. Dates and decimal marks are converted from the format of `reads` to the
    format of `writes`, in its first format of dates; other cells of a CSV file are not changed. Numbers of a
    workbook are written as by pandas: 12.0 for 12 if other cells of the column are fractions or missing.

    Args:
        start: new date of the first trading day; the others follow without gaps. None keeps the dates.
        replace: whether to overwrite existing days in `out`; its other files are kept.
        held_rows: maximum number of rows in memory; the others are in a hidden folder in `out`.
        progress: called with each day when its file is complete.
        on_read: called with the number of rows read, every 10,000 rows.

    Raises BrokenFile if the export has no sales or is not in the format `reads`; no day is written. Raises
    Misconfigured if the export does not exist, or `out` is not empty or not writable.
    """
    if writes.dialect.format != "csv":
        raise Misconfigured("daily files are written as CSV: give a contract whose server has `format: csv`.")
    source = HistoricalExport(export, reads)
    claim_folder(out, replace=replace)
    with ExternalSort(out, held_rows) as sorter:
        sort_rows(source, sorter, on_read)
        written, days = [], sorted(sorter.row_counts)
        dates = days if start is None else [nth_day(start, number) for number in range(len(days))]
        for sold, day in zip(days, dates, strict=True):
            written.append(write_daily_file(out, day, source, sorter.read(sold), writes))
            if progress is not None:
                progress(written[-1])
    return Split(**vars(summarise(written)), skipped=tuple(source.skipped))


def sort_rows(source: HistoricalExport, sorter: ExternalSort, on_read: Callable[[int], None] | None) -> None:
    """Add all rows of the export to the sort, InvoiceDate as ISO date and time; BrokenFile if there are none."""
    for number, (moment, cells) in enumerate(source.rows(), start=1):
        cells[source.date_column] = moment.isoformat()
        sorter.add(moment.date(), cells)
        if on_read is not None and number % REPORT_ROWS == 0:
            on_read(number)
    if not sorter.row_counts:
        raise BrokenFile(f"{source.path.name} has a header and no sales below it: export a period with sales.")
    sorter.flush()


def write_daily_file(
    out: Path, day: date, source: HistoricalExport, rows: Iterator[list[str]], writes: SourceContract
) -> DaySummary:
    """Write the file of one day, in the format `writes`, with the date `day` in each row."""
    path, count, decimals = day_path(out, day), 0, source.decimal_columns
    dialect, dates = writes.dialect, date_formats(writes)[0]
    with atomic_write(path) as file:
        writer = csv.writer(
            LineFeedFile(file, dialect.encoding),
            delimiter=dialect.delimiter,
            quotechar=dialect.quote,
            doublequote=dialect.escape == "doubled",
            escapechar="\\" if dialect.escape == "backslash" else None,
        )
        writer.writerow(source.header)
        for row in rows:
            moment = datetime.fromisoformat(row[source.date_column])
            row[source.date_column] = format_moment(moment, day, dates, dialect.timezone)
            for column in decimals:
                row[column] = row[column] and repr(float(row[column]))
            if dialect.decimal == ",":
                swap_columns(row, source.number_columns)
            writer.writerow(row)
            count += 1
        size = file.tell()
    return DaySummary(day, path, count, size)


class LineFeedFile:
    """Target of csv.writer that ends rows with a line feed; cells with a line feed or carriage return are quoted."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self._encoder = codecs.getincrementalencoder(encoding)()

    def write(self, row: str) -> int:
        """Write a row of csv.writer with its line end replaced; raises Misconfigured if it cannot be encoded."""
        try:
            return self._file.write(self._encoder.encode(row.removesuffix("\r\n") + "\n"))
        except UnicodeEncodeError as error:
            raise Misconfigured(
                f"{error.object[error.start]!r} cannot be written in {self._encoding}, the `encoding` of the "
                "server in the contract: declare utf-8."
            ) from error
