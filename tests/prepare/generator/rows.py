"""The columns of a daily file, and how tests read what is in a folder of them."""

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
