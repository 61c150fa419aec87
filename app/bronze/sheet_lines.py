"""Rows of a worksheet as CSV records: one line each, cells as text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
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
FIRST_INEXACT: Final = 2**53
"""From here on, a cell may have lost the last digits of a whole number."""
FEWEST_ROWS: Final = 2
"""A sheet with one row is a note, or a header without rows."""
SIMILAR: Final = 0.8
"""Similarity from which on a name seems to be a misspelled one."""
CSV_FORM: Final = CsvForm()


@dataclass(frozen=True, slots=True)
class OtherSheet:
    """A visible sheet that is not read: its name, and the number of its rows with a value, at least two."""

    name: str
    rows: int


def sheet_lines(
    content: IO[bytes], key: str, source_contract: SourceContract, others: list[OtherSheet] | None = None
) -> Iterator[bytes]:
    """Yield the rows of the declared or first visible sheet, from row 1; rows without a value are empty lines.

    If no sheet is declared, the sheets that are not read are added to `others` before the first line.

    Raises BrokenFile for a file that is not a workbook, for a missing sheet, or above a limit.
    """
    magic = content.read(4)
    content.seek(0)
    if magic == OLE:
        raise BrokenFile(OLD_WORKBOOK)
    if magic and magic != ZIP:
        raise BrokenFile(f"the object is not a workbook; if it is a text file, {declare('format', 'csv')}")
    with open_workbook(content, key.rsplit("/", 1)[-1], source_contract.max_bytes) as sheets:
        name = source_contract.dialect.sheet
        if others is not None and name is None:
            others.extend(other_sheets(sheets))
        for _, cells in chosen_sheet(sheets, name).rows():
            texts = [cell_text(cell, source_contract.dialect.decimal) for cell in cells]
            yield csv_text(texts, CSV_FORM) + b"\n" if any(texts) else b"\n"


def other_sheets(sheets: Sequence[Sheet]) -> Iterator[OtherSheet]:
    """Yield the visible sheets behind the first that have rows."""
    visible = [sheet for sheet in sheets if sheet.is_visible]
    for sheet in visible[1:]:
        rows = sum(any(cell is not None for cell in cells) for _, cells in sheet.rows())
        if rows >= FEWEST_ROWS:
            yield OtherSheet(sheet.name, rows)


def chosen_sheet(sheets: Sequence[Sheet], name: str | None) -> Sheet:
    """Return the sheet of a name, or the first visible one; raises BrokenFile without it, with the name to declare."""
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
    names = [sheet.name for sheet in visible]
    likely = names if len(names) == 1 else _similar(name or "", names)
    remedy = (
        declare("sheet", likely[0])
        if len(likely) == 1
        else "declare `sheet` of the server in the contract as one of them"
    )
    raise BrokenFile(f"the workbook has no sheet {name!r}, only {', '.join(map(repr, names))}; {remedy}")


def _similar(name: str, names: Sequence[str]) -> list[str]:
    """Return the names that differ from a name in case and blanks only, or else by few letters."""
    spelled = {other: other.strip().casefold() for other in names}
    wanted = name.strip().casefold()
    same = [other for other, key in spelled.items() if key == wanted]
    close = get_close_matches(wanted, spelled.values(), n=2, cutoff=SIMILAR)
    return same or [other for other, key in spelled.items() if key in close]


def cell_text(cell: Cell, decimal: str = ".") -> str:
    """Return a cell as a spreadsheet shows it in its plainest format: 13085.0 as 13085, dates as in ISO 8601.

    Whole numbers have all their digits, but scientific notation where digits may be lost.

    decimal: the decimal mark of the contract, by which the text of a number is read.
    """
    if cell is None or isinstance(cell, str):
        return (cell or "").replace("\0", "")
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return _number(cell).replace(".", decimal)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, time):
        return cell.isoformat("seconds")
    return _duration(cell) if isinstance(cell, timedelta) else cell.isoformat()


def _number(cell: float) -> str:
    if abs(cell) >= FIRST_INEXACT:
        return f"{cell:.{SHOWN_DIGITS}G}"
    return str(int(cell)) if float(cell).is_integer() else format(Decimal(f"{cell:.{SHOWN_DIGITS}g}") + 0, "f")


def _duration(cell: timedelta) -> str:
    minutes, seconds = divmod(round(cell.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
