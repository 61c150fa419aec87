"""Load the rows of one file into bronze, as received."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

import psycopg
from sqlalchemy import Connection, delete, literal, select
from sqlalchemy.dialects.postgresql import insert

from app.bronze.decode import utf8_lines
from app.bronze.find_header import find_header
from app.bronze.header import Header
from app.bronze.lines import CsvForm, LineReader
from app.bronze.rows import RowWriter
from app.bronze.sheet_lines import OtherSheet, sheet_lines
from app.bronze.tables import sales_row
from app.contract.model import SourceContract

ROWS_PER_WRITE = 2_000
BYTES_PER_WRITE = 256 * 1024
META = ("file_id", "line_no", "rescued_data")
RowsReceived = Callable[[int], None]


def unreported(rows: int) -> None:
    """Do not report rows."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file to be loaded into bronze.

    Attributes:
        file_id: id in the ledger.
        address: full address of its object, for messages.
        other_sheets: visible sheets of a workbook that are not read; filled by `load`.
        columns: names of the header; filled by `load`.
    """

    file_id: int
    address: str
    other_sheets: list[OtherSheet] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)


def load(
    connection: Connection,
    file: ReceivedFile,
    content: IO[bytes],
    source_contract: SourceContract,
    report: RowsReceived = unreported,
) -> int:
    """COPY every data row of `content`, or the first ones if the contract is limited, into bronze; return their number.

    Raises BrokenFile if the file cannot be read. Memory use does not depend on the size of the file.

    Args:
        report: function that is called with the number of rows of each part that was received.
    """
    lines = _open_lines(content, file.address, source_contract, file.other_sheets)
    header = find_header(lines, source_contract)
    if header is None:
        return 0
    file.columns[:] = header.names
    mark = lines.form.delimiter.encode()
    writer = RowWriter(header, lines.form, str(file.file_id).encode() + mark, mark)
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101  # for the type checker
    with driver.cursor() as cursor:
        with cursor.copy(_statement(header, lines.form)) as copy:
            for rows in _chunks(islice(writer.rows(lines), source_contract.max_rows)):
                copy.write(b"".join(rows))
                report(len(rows))
            writer.faults.check()
        return cursor.rowcount


def has_rows(connection: Connection, file_id: int) -> bool:
    """Return whether bronze has rows of a file."""
    rows = select(sales_row.c.line_no).where(sales_row.c.file_id == file_id).limit(1)
    return connection.execute(rows).first() is not None


def delete_rows(connection: Connection, file_id: int) -> None:
    """Delete the rows of a file."""
    connection.execute(delete(sales_row).where(sales_row.c.file_id == file_id))


def copy_rows(connection: Connection, of: int, to: int) -> None:
    """Copy the rows of file `of` to file `to`, which has the same content; existing rows are not replaced."""
    others = [column for column in sales_row.c if column.name != "file_id"]
    rows = select(literal(to), *others).where(sales_row.c.file_id == of)
    copied = insert(sales_row).from_select(["file_id", *(column.name for column in others)], rows)
    connection.execute(copied.on_conflict_do_nothing())


def inspect(content: IO[bytes], key: str, source_contract: SourceContract) -> Header | None:
    """Return the header of a file, None if it is empty; raises BrokenFile if the header breaks the contract."""
    return find_header(_open_lines(content, key, source_contract), source_contract)


def _open_lines(
    content: IO[bytes], key: str, source_contract: SourceContract, others: list[OtherSheet] | None = None
) -> LineReader:
    if source_contract.dialect.format == "xlsx":
        lines = sheet_lines(content, key, source_contract, others)
    else:
        lines = utf8_lines(content, key, source_contract)
    return LineReader(lines, CsvForm.from_dialect(source_contract.dialect))


def _statement(header: Header, form: CsvForm) -> str:
    columns = ", ".join([*META, *(column for column in header.columns if column is not None)])
    mark, quote = (each.replace("'", "''") for each in (form.delimiter, form.quote))
    return f"COPY bronze.sales_row ({columns}) FROM STDIN (FORMAT csv, DELIMITER '{mark}', QUOTE '{quote}')"


def _chunks(rows: Iterator[bytes]) -> Iterator[list[bytes]]:
    number = 100
    while chunk := list(islice(rows, number)):
        yield chunk
        number = min(ROWS_PER_WRITE, 1 + number * BYTES_PER_WRITE // sum(map(len, chunk)))
