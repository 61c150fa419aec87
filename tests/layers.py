"""One file through bronze and silver, on a connection that the test rolls back."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from app.bronze import tables as bronze
from app.bronze.load import ReceivedFile, load
from app.silver import clean as stage
from app.silver import tables as silver
from app.source.csv_format import CsvFormat

HEADER = "Invoice,StockCode,Description,Quantity,Price,Customer ID,Country,InvoiceDate"
COLUMNS = ("invoice", "stock_code", "description", "quantity", "price", "customer_id", "country", "invoice_date")
GOOD = ("489434", "85048", "GLASS BALLS", "12", "6.95", "13085", "United Kingdom", "2026-02-01")
RECEIVED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILE_ID = 7
ISO = CsvFormat()


@dataclass(frozen=True)
class Cleaned:
    """What became of a file: the rows of silver and quarantine, in the order of their lines."""

    silver: list[RowMapping]
    quarantine: list[RowMapping]

    @property
    def failed(self) -> list[list[str]]:
        """The expectations that each quarantined row fails."""
        return [[reason["expectation"] for reason in row["reasons"]] for row in self.quarantine]

    def values(self, column: str) -> list[Any]:
        """A column of silver."""
        return [row[column] for row in self.silver]


def row_of(delimiter: str = ",", **changed: str) -> str:
    """A row that meets the contract, but for what the case changes."""
    return delimiter.join((dict(zip(COLUMNS, GOOD, strict=True)) | changed).values())


def file_of(*rows: str, header: str = HEADER) -> bytes:
    """A file with a header and rows, one line each."""
    return "\n".join([header, *rows, ""]).encode()


def received(
    connection: Connection, content: bytes, declared: CsvFormat = ISO, key: str = "day.csv"
) -> list[RowMapping]:
    """The bronze rows of a file, in the order of their lines; asserts that load counted them."""
    number = load(connection, ReceivedFile(FILE_ID, f"s3://sales/{key}", RECEIVED_AT), io.BytesIO(content), declared)
    table = bronze.retail_transactions
    rows = list(connection.execute(select(table).order_by(table.c.line_no)).mappings())
    assert len(rows) == number
    return rows


def fields(row: RowMapping) -> tuple[str | None, ...]:
    """The columns of a bronze row that came from the file."""
    return tuple(row[column] for column in COLUMNS)


def cleaned(connection: Connection, content: bytes, declared: CsvFormat = ISO, key: str = "day.csv") -> Cleaned:
    """The silver and quarantined rows of a file; asserts that no row is lost between the layers."""
    rows = received(connection, content, declared, key)
    counts = stage.clean(connection, FILE_ID, declared)
    kept = [
        list(connection.execute(select(table).order_by(table.c.line_no)).mappings())
        for table in (silver.retail_transactions, silver.quarantine)
    ]
    assert (counts.loaded, counts.quarantined, counts.rows) == (len(kept[0]), len(kept[1]), len(rows))
    return Cleaned(*kept)
