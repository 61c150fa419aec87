"""Columns of a generated daily file, and readers of a folder of them."""

import csv
import io
from datetime import date
from pathlib import Path

MONDAY = date(2025, 6, 2)
HEADER = "Invoice,StockCode,Description,Quantity,Price,Customer ID,Country,InvoiceDate"
INVOICE, CODE, NAME, QUANTITY, PRICE, CUSTOMER, COUNTRY, DAY = range(8)
Row = list[str]


def files(out: Path) -> list[Path]:
    return sorted(out.glob("*/*_transactions.csv"))


def contents(out: Path) -> list[bytes]:
    return [path.read_bytes() for path in files(out)]


def relative_rows(out: Path, start: date) -> list[Row]:
    """All rows of a folder, with InvoiceDate as days since `start`."""
    rows = [row for text in contents(out) for row in list(csv.reader(io.StringIO(text.decode())))[1:]]
    return [[*row[:DAY], f"{(date.fromisoformat(row[DAY]) - start).days}"] for row in rows]
