"""Rows of a worksheet as CSV records: one line each, cells as text."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import IO, Final

from app.bronze.decode import OLD_WORKBOOK, OLE, ZIP
from app.bronze.lines import CsvForm
from app.bronze.remedies import declare
from app.bronze.rows import csv_text
from app.contract.model import SourceContract
from app.errors import BrokenFile
from app.source.workbook import Cell, Sheet, open_workbook

SHOWN_DIGITS: Final = 15
"""Spreadsheets show no more digits of a number."""
CSV_FORM: Final = CsvForm()


def sheet_lines(content: IO[bytes], key: str, source_contract: SourceContract) -> Iterator[bytes]:
    """Yield the rows of the declared or first visible sheet, from row 1; rows without a value are empty lines.

    Raises BrokenFile for a file that is not a workbook, for a missing sheet, or above a limit.
    """
    magic = content.read(4)
    content.seek(0)
    if magic == OLE:
        raise BrokenFile(OLD_WORKBOOK)
    if magic and magic != ZIP:
        raise BrokenFile(f"the object is not a workbook; if it is a text file, {declare('format', 'csv')}")
    with open_workbook(content, key.rsplit("/", 1)[-1], source_contract.max_bytes) as sheets:
        for _, cells in _chosen(sheets, source_contract.dialect.sheet).rows():
            texts = [cell_text(cell, source_contract.dialect.decimal) for cell in cells]
            yield csv_text(texts, CSV_FORM) + b"\n" if any(texts) else b"\n"


def cell_text(cell: Cell, decimal: str = ".") -> str:
    """Return a cell as a spreadsheet shows it in its plainest format: 13085.0 as 13085, dates as in ISO 8601.

    decimal: the decimal mark of the contract, by which the text of a number is read.
    """
    if cell is None or isinstance(cell, str):
        return (cell or "").replace("\0", "")
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return format(Decimal(f"{cell:.{SHOWN_DIGITS}g}") + 0, "f").replace(".", decimal)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, time):
        return cell.isoformat("seconds")
    return _duration(cell) if isinstance(cell, timedelta) else cell.isoformat()


def _chosen(sheets: list[Sheet], name: str | None) -> Sheet:
    visible = [sheet for sheet in sheets if sheet.is_visible]
    if name is None and visible:
        return visible[0]
    found = next((sheet for sheet in sheets if sheet.name == name), None)
    if found is not None:
        return found
    if not visible:
        raise BrokenFile(
            "the workbook has no visible sheet; unhide one, or declare the `sheet` of the server in the contract"
        )
    names = ", ".join(repr(sheet.name) for sheet in visible)
    raise BrokenFile(f"the workbook has no sheet {name!r}, only {names}; {declare('sheet', visible[0].name)}")


def _duration(cell: timedelta) -> str:
    minutes, seconds = divmod(round(cell.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
