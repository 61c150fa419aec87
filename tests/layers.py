"""One file through bronze and silver, on a connection that the test rolls back."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from app.bronze.load import ReceivedFile, load
from app.contract.model import SourceContract
from app.silver import clean as stage
from tests.contracts import TODAY, variant

HEADER = "Invoice,StockCode,Description,Quantity,Price,Customer ID,Country,InvoiceDate"
COLUMNS = ("invoice", "stock_code", "description", "quantity", "price", "customer_id", "country", "invoice_date")
GOOD = ("489434", "85048", "GLASS BALLS", "12", "6.95", "13085", "United Kingdom", "2026-02-01")
RECEIVED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILE_ID = 7
ISO = variant()
LISTED = text("""
    insert into pipeline.source_file (id, source, key, etag, size, last_modified, discovered_at, received_at)
    overriding system value
    values (:file_id, 'sales', :key, '', 0, :at, :at, :at)
    on conflict (id) do update set key = excluded.key, received_at = excluded.received_at
    returning 's3://sales/' || key
""")


@dataclass(frozen=True)
class CleanCounts:
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


def listed_file(
    connection: Connection, key: str = "day.csv", file_id: int = FILE_ID, at: datetime = RECEIVED_AT
) -> ReceivedFile:
    """A file of the source s3://sales/ that the ledger has, with the time at which it is received."""
    connection.execute(text("insert into pipeline.source values ('sales', 's3://sales/', true) on conflict do nothing"))
    values = {"file_id": file_id, "key": key, "at": at}
    return ReceivedFile(file_id, connection.execute(LISTED, values).scalar_one())


def rows_of(connection: Connection, name: str) -> list[RowMapping]:
    """The rows of a table or view of a layer, in the order of their lines."""
    return list(connection.execute(text(f"select * from {name} order by line_no")).mappings())  # noqa: S608


def received(
    connection: Connection, content: bytes, declared: SourceContract = ISO, key: str = "day.csv"
) -> list[RowMapping]:
    """The bronze rows of a file, in the order of their lines; asserts that load counted them."""
    number = load(connection, listed_file(connection, key), io.BytesIO(content), declared)
    rows = rows_of(connection, "bronze.retail_transactions")
    assert len(rows) == number
    return rows


def fields(row: RowMapping) -> tuple[str | None, ...]:
    """The columns of a bronze row that came from the file."""
    return tuple(row[column] for column in COLUMNS)


def cleaned(
    connection: Connection, content: bytes, declared: SourceContract = ISO, key: str = "day.csv"
) -> CleanCounts:
    """The silver and quarantined rows of a file; asserts that no row is lost between the layers."""
    rows = received(connection, content, declared, key)
    counts = stage.clean(connection, stage.ValidatedFile(FILE_ID, key, declared, TODAY))
    kept = [rows_of(connection, name) for name in ("silver.retail_transactions", "silver.quarantine")]
    assert (counts.loaded, counts.quarantined, counts.rows) == (len(kept[0]), len(kept[1]), len(rows))
    return CleanCounts(*kept)
