"""Rows of a historical export, each with its date and time of sale and its cells as text."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from app.bronze.columns import is_needed
from app.bronze.header import read_header
from app.contract.header_names import header_key
from app.contract.model import SourceContract
from app.errors import BrokenFile
from app.prepare.csv_format import date_formats
from app.prepare.history.cells import parse_moment, swap_columns
from app.prepare.history.sheets import CSV_LABEL, HistorySheet, read_sheets, reader_errors
from app.source.workbook import Cell

NUMBER_TYPES: Final = {int, float, type(None)}
NUMBER_COLUMNS: Final = {"quantity", "price", "line_total"}


class HistoricalExport:
    """One pass over a historical export by its contract; the attributes are complete after the last row.

    Attributes:
        header: names of the columns.
        date_column: position of InvoiceDate.
        number_columns: positions of columns with numbers.
        skipped: sheets without sales, each with its first row.
    """

    def __init__(self, path: Path, source_contract: SourceContract) -> None:
        self.path = path
        self.source_contract = source_contract
        self.header: list[str] = []
        self.date_column = -1
        self.number_columns: list[int] = []
        self.skipped: list[str] = []
        self._value_types: list[set[type]] = []

    def rows(self) -> Iterator[tuple[datetime, list[str]]]:
        """Yield date and time and the cells of each row that is not blank; numbers have a decimal point.

        Raises BrokenFile for an unreadable file, a missing or duplicate column, sheets with different headers, or a
        cell of InvoiceDate that is not a date; Misconfigured for a missing file or another kind of file.
        """
        with reader_errors(self.path), closing(read_sheets(self.path, self.source_contract.dialect)) as sheets:
            for sheet in sheets:
                if self._begin(sheet):
                    for number, cells in sheet.rows:
                        if any(cell not in (None, "") for cell in cells):
                            yield self._moment(cells, f"{sheet.label} {number}"), self._texts(cells)
        if not self.header:
            raise BrokenFile(
                f"{self.path.name} has no sheet with sales, only {'; '.join(self.skipped) or 'empty ones'}. "
                "Give an export with the columns of the contract, or declare its column names in REGULARS_CONTRACT."
            )

    @property
    def decimal_columns(self) -> list[int]:
        """Columns of numbers with fractions or missing cells, in which 12 is written as 12.0, as by pandas."""
        return [
            column
            for column, types in enumerate(self._value_types)
            if types <= NUMBER_TYPES and (float in types or {int, type(None)} <= types)
        ]

    def _begin(self, sheet: HistorySheet) -> bool:
        """Read the header of a sheet; return whether it has sales."""
        number, first = next(sheet.rows, (1, []))
        header = ["" if cell is None else str(cell).removeprefix("\ufeff") for cell in trim_empty_tail(first, 0)]
        if sheet.label != CSV_LABEL and not has_sales(header, self.source_contract):
            self.skipped.append(f"{sheet.label} {number}: {', '.join(header)}")
            return False
        try:
            columns = read_header(header, self.source_contract).columns
        except BrokenFile as error:
            raise BrokenFile(f"{self.path.name}, {sheet.label} {number}: {error}") from error
        if self.header not in ([], header):
            raise BrokenFile(
                f"{self.path.name}, {sheet.label} {number}: the header differs from the first sheet's: "
                f"{', '.join(header)}. Give all sheets the same columns."
            )
        self.header, self.date_column = header, columns.index("invoice_date")
        self.number_columns = [position for position, column in enumerate(columns) if column in NUMBER_COLUMNS]
        self._value_types = self._value_types or [set() for _ in header]
        return True

    def _moment(self, cells: list[Cell], label: str) -> datetime:
        cell = cells[self.date_column] if len(cells) > self.date_column else None
        if isinstance(cell, date):
            return cell if isinstance(cell, datetime) else datetime.combine(cell, time())
        dates = date_formats(self.source_contract)
        try:
            return parse_moment(cell if isinstance(cell, str) else "", dates, self.source_contract.dialect.timezone)
        except ValueError as error:
            expected = (
                "like 2010-12-01 or 2010-12-01 08:26"
                if all(each.is_strict for each in dates)
                else f"of the format {' or '.join(map(str, dates))}"
            )
            raise BrokenFile(
                f"{self.path.name}, {label}: InvoiceDate {cell!r} is not a date {expected}. "
                "Give the format of dates with --date-format, such as '%m/%d/%Y %H:%M'."
            ) from error

    def _texts(self, cells: list[Cell]) -> list[str]:
        values = [normalise_number(cell) for cell in trim_empty_tail(cells, len(self.header))]
        if self.source_contract.dialect.decimal == ",":
            swap_columns(values, self.number_columns)
        for types, value in zip(self._value_types, values, strict=False):
            types.add(type(value))
        return ["" if value is None else str(value) for value in values]


def has_sales(header: list[str], source_contract: SourceContract) -> bool:
    """Return whether any needed column of the contract is in the header."""
    needed = [column for column in source_contract.contract.columns if is_needed(column)]
    return not {header_key(name) for name in header}.isdisjoint(
        header_key(name) for column in needed for name in column.header_names
    )


def trim_empty_tail(cells: list[Cell], least: int) -> list[Cell]:
    """Return the cells without empty ones at the end, but at least the first `least`."""
    end = len(cells)
    while end > least and cells[end - 1] is None:
        end -= 1
    return cells[:end]


def normalise_number(cell: Cell) -> Cell:
    """Convert a whole number to int, and other types except numbers, text and None to text."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell if cell is None or type(cell) in (int, float, str) else str(cell)
