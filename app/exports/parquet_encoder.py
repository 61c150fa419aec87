"""Encoder of Parquet files, one row group at a time."""

from io import BytesIO
from typing import Final

import pyarrow as pa
from pyarrow import csv, parquet

from app.segments.customer_columns import ColumnType, columns_of

TYPES: Final[dict[ColumnType, pa.DataType]] = {
    "text": pa.string(),
    "date": pa.date32(),
    "integer": pa.int32(),
    "smallint": pa.int16(),
    "number": pa.float64(),
    "amount": pa.decimal128(24, 2),
}
ROW_GROUP_CUSTOMERS: Final = 100_000


class ParquetEncoder:
    """Encoder of CSV pages as Parquet; holds at most one row group in memory."""

    def __init__(self, scheme: str) -> None:
        """Begin a file of customers with the columns of a scheme."""
        self._sink = BytesIO()
        self._schema = pa.schema(
            [pa.field(column.name, TYPES[column.type], column.is_nullable) for column in columns_of(scheme)]
        )
        self._writer = parquet.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._tables: list[pa.Table] = []
        self._rows = 0

    def begin(self) -> bytes:
        """Return the magic bytes."""
        return self._written()

    def add(self, rows: bytes) -> bytes:
        """Add rows; return a row group if it is complete, else empty bytes."""
        if not rows:
            return b""
        table = csv.read_csv(
            BytesIO(rows),
            read_options=csv.ReadOptions(column_names=self._schema.names, use_threads=False),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=self._schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
            ),
        )
        self._tables.append(table.cast(self._schema))
        self._rows += table.num_rows
        return self._row_group() if self._rows >= ROW_GROUP_CUSTOMERS else b""

    def end(self) -> bytes:
        """Return the last row group and the footer."""
        group = self._row_group() if self._tables else b""
        self._writer.close()
        return group + self._written()

    def _row_group(self) -> bytes:
        self._writer.write_table(pa.concat_tables(self._tables))
        self._tables, self._rows = [], 0
        return self._written()

    def _written(self) -> bytes:
        # The writer counts its position itself, so that the buffer can be emptied.
        written = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return written
