"""The rows of a historical export, each with the day it was sold and its cells as text."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from time import strptime
from typing import Final

from app.errors import BrokenFile
from app.prepare.history.sheets import CSV_PLACE, Cell, Sheet, read_sheets, reader_errors

DATE_COLUMN: Final = "invoicedate"
SALES_COLUMNS: Final = {DATE_COLUMN, "invoice", "invoiceno", "stockcode", "quantity", "price", "customerid"}
NUMBERS: Final = {int, float, type(None)}
ISO_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?", re.ASCII)


class Export:
    """One pass over an export; what it found besides rows is known once `rows` has ended.

    `header`: as written. `skipped`: sheets without sales, and what stands in their first row.
    """

    def __init__(self, path: Path, *, date_format: str | None, encoding: str) -> None:
        self.path = path
        self.date_format = date_format
        self.encoding = encoding
        self.header: list[str] = []
        self.date_column = -1
        self.skipped: list[str] = []
        self._kinds: list[set[type]] = []

    def rows(self) -> Iterator[tuple[date, list[str]]]:
        """Yield the day of each row and its cells, blank rows left out.

        BrokenFile: unreadable, not one InvoiceDate column, unlike headers, or a cell that is no date.
        Misconfigured: no such file, or no such kind of file.
        """
        with reader_errors(self.path), closing(read_sheets(self.path, self.encoding)) as sheets:
            for sheet in sheets:
                if self._begin(sheet):
                    for number, cells in sheet.rows:
                        if any(cell not in (None, "") for cell in cells):
                            yield self._day(cells, f"{sheet.place} {number}"), self._texts(cells)
        if not self.header:
            raise BrokenFile(f"{self.path.name} has no header with InvoiceDate: found {'; '.join(self.skipped)}.")

    @property
    def decimal(self) -> list[int]:
        """Columns of numbers that pandas writes as decimals, 12 as 12.0: some are fractions or missing."""
        return [
            column
            for column, kinds in enumerate(self._kinds)
            if kinds <= NUMBERS and (float in kinds or {int, type(None)} <= kinds)
        ]

    def _begin(self, sheet: Sheet) -> bool:
        _, first = next(sheet.rows, (0, []))
        header = ["" if cell is None else str(cell) for cell in trim_empty_tail(first, 0)]
        names = [re.sub(r"[\s_]", "", name).lower() for name in header]
        shown = f"{sheet.place} 1: {', '.join(header)}"
        if sheet.place != CSV_PLACE and not SALES_COLUMNS & set(names):
            self.skipped.append(shown)
            return False
        if names.count(DATE_COLUMN) != 1:
            count = "no" if DATE_COLUMN not in names else "more than one"
            raise BrokenFile(f"{self.path.name} has {count} column InvoiceDate in its header, {shown}.")
        if self.header not in ([], header):
            raise BrokenFile(f"{self.path.name} has sheets with different headers: the second is {shown}.")
        self.header, self.date_column = header, names.index(DATE_COLUMN)
        self._kinds = self._kinds or [set() for _ in header]
        return True

    def _day(self, cells: list[Cell], place: str) -> date:
        cell = cells[self.date_column] if len(cells) > self.date_column else None
        if isinstance(cell, date):
            return cell.date() if isinstance(cell, datetime) else cell
        try:
            return parsed(cell if isinstance(cell, str) else "", self.date_format)
        except ValueError as error:
            wanted = f"of the format {self.date_format}" if self.date_format else "like 2010-12-01 or 2010-12-01 08:26"
            raise BrokenFile(
                f"{self.path.name}, {place}: InvoiceDate {cell!r} is no date {wanted}. "
                "Declare how dates are written with date_format, such as %m/%d/%Y %H:%M."
            ) from error

    def _texts(self, cells: list[Cell]) -> list[str]:
        kept = [normalise_number(cell) for cell in trim_empty_tail(cells, len(self.header))]
        for kinds, cell in zip(self._kinds, kept, strict=False):
            kinds.add(type(cell))
        return ["" if cell is None else str(cell) for cell in kept]


def trim_empty_tail(cells: list[Cell], least: int) -> list[Cell]:
    """Return the cells without the empty ones at the end, but `least` of them."""
    end = len(cells)
    while end > least and cells[end - 1] is None:
        end -= 1
    return cells[:end]


def normalise_number(cell: Cell) -> Cell:
    """Return a whole number as int, and what is neither number, text nor missing as text."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell if cell is None or type(cell) in (int, float, str) else str(cell)


@lru_cache(maxsize=4096)
def parsed(text: str, date_format: str | None) -> date:
    """Return the day that `text` names, ISO with or without a time unless a strptime format says otherwise.

    ValueError when it names none.
    """
    if date_format is not None:
        return date(*strptime(text.strip(), date_format)[:3])
    match = ISO_DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return date.fromisoformat(match[1])
