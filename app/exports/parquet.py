"""Parquet, a row group at a time."""

from io import BytesIO
from typing import Final

import pyarrow as pa
from pyarrow import csv, parquet

from app.exports.row_text import FIELDS
from app.segments.customer_columns import CUSTOMER_COLUMNS, ColumnType

TYPES: Final[dict[ColumnType, pa.DataType]] = {
    "text": pa.string(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "decimal": pa.decimal128(24, 2),
    "date": pa.date32(),
}
SCHEMA: Final = pa.schema(
    [pa.field(column.name, TYPES[column.type], column.is_nullable) for column in CUSTOMER_COLUMNS]
)
ROW_GROUP: Final = 100_000


class Parquet:
    """Encodes pages of plain CSV; no more than a row group of customers is held."""

    def __init__(self) -> None:
        self._sink = BytesIO()
        self._writer = parquet.ParquetWriter(self._sink, SCHEMA, compression="zstd")
        self._tables: list[pa.Table] = []
        self._rows = 0

    def begin(self) -> bytes:
        """The magic bytes."""
        return self._written()

    def add(self, lines: bytes) -> bytes:
        """A row group where the page makes one full, else nothing."""
        if not lines:
            return b""
        table = csv.read_csv(
            BytesIO(lines),
            read_options=csv.ReadOptions(column_names=list(FIELDS), use_threads=False),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=SCHEMA, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
            ),
        )
        self._tables.append(table.cast(SCHEMA))
        self._rows += table.num_rows
        return self._group() if self._rows >= ROW_GROUP else b""

    def end(self) -> bytes:
        """The last row group and the footer."""
        group = self._group() if self._tables else b""
        self._writer.close()
        return group + self._written()

    def _group(self) -> bytes:
        self._writer.write_table(pa.concat_tables(self._tables))
        self._tables, self._rows = [], 0
        return self._written()

    def _written(self) -> bytes:
        # The writer counts its position itself: what was given away is not kept.
        written = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return written
