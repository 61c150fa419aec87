"""Small exports for the tests of splitting, and readers of the daily files."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from app.contract.model import SourceContract
from app.prepare.csv_format import export_contract
from app.prepare.history import split as splitting
from app.prepare.history.split import Split
from tests.contracts import variant

START = date(2025, 6, 26)
HEADER: list[object] = [
    "Invoice",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "Price",
    "Customer ID",
    "Country",
]
FIRST = datetime.fromisoformat("2009-12-01 07:45")
SECOND = datetime.fromisoformat("2009-12-03 09:00")
THIRD = datetime.fromisoformat("2010-12-01 08:26")
UK = "United Kingdom"
YEAR_1: list[list[object]] = [
    [489434, 85048, "GLASS BALLS", 12, FIRST, 6.95, 13085, UK],
    [489434, "79323P", 'FRAME 7" , ROUND ', 48, FIRST, 2, 13085, UK],
    ["C489435", "POST", None, -1, SECOND, 18, None, "France"],
]
YEAR_2: list[list[object]] = [[536365, 22041, "=SUM(A1)", 6, THIRD, 2.55, 17850, UK]]
DAY_1 = (
    "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
    "489434,85048,GLASS BALLS,12,2025-06-26,6.95,13085.0,United Kingdom\n"
    '489434,79323P,"FRAME 7"" , ROUND ",48,2025-06-26,2.0,13085.0,United Kingdom\n'
)
DAY_2 = (
    "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
    "C489435,POST,,-1,2025-06-27,18.0,,France\n"
)
CSV = (
    "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\r\n"
    "489434,85048,GLASS BALLS,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom\r\n"
    '489434,79323P,"FRAME 7"" , ROUND ",48,2009-12-01 07:45:00,2.0,13085.0,United Kingdom\r\n'
    "C489435,POST,,-1,2009-12-03 09:00:00,18.0,,France\r\n"
    "536365,22041,=SUM(A1),6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\r\n"
)


def workbook(path: Path, sheets: Mapping[str, Iterable[object]]) -> Path:
    """An .xlsx file with these sheets; text that begins with = is text, not a formula."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for cell in (cell for cells in sheet.iter_rows() for cell in cells if cell.data_type == "f"):
            cell.data_type = "s"
    book.save(path)
    return path


def online_retail(folder: Path) -> Path:
    years = {"Year 2009-2010": [HEADER, *YEAR_1], "Year 2010-2011": [HEADER, *YEAR_2]}
    return workbook(folder / "online_retail_II.xlsx", years)


def text_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "export.csv"
    path.write_bytes(text.encode(encoding))
    return path


def small(*dates: str) -> str:
    """A CSV export with one sale on each of these dates; invoices count from 1."""
    rows = [f"{number},{sold},A,1,2.5,7\n" for number, sold in enumerate(dates, start=1)]
    return "Invoice,InvoiceDate,StockCode,Quantity,Price,Customer ID\n" + "".join(rows)


def declared(
    delimiter: str = ",", decimal: str = ".", encoding: str = "utf-8", dates: str = "%Y-%m-%d"
) -> SourceContract:
    return export_contract(variant(), delimiter=delimiter, decimal=decimal, encoding=encoding, date_format=dates)


def split(
    export: Path, out: Path, *, reads: SourceContract | None = None, writes: SourceContract | None = None, **given: Any
) -> Split:
    """Split an export of the default contract."""
    return splitting.split(export, out, reads=reads or declared(), writes=writes or declared(), **given)


def first_day(out: Path) -> str:
    """The text of the first daily file."""
    return next(iter(contents(out).values()))


def contents(out: Path) -> dict[str, str]:
    paths = sorted(path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes().decode() for path in paths}


def invoices(out: Path) -> list[list[str]]:
    """The first cells of each day's rows."""
    return [[row[0] for row in csv.reader(io.StringIO(text))][1:] for text in contents(out).values()]
