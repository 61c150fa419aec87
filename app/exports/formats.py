"""Formats of an export and their encoders."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Literal, Protocol

from app.exports.row_text import NDJSON, PLAIN_CSV, SAFE_CSV, Notation
from app.segments.customer_columns import column_names

FormatName = Literal["csv", "ndjson", "parquet"]


class Encoder(Protocol):
    """Encoder of one file; its methods are called in this order, and each returns the next bytes of the file."""

    def begin(self) -> bytes:
        """Return the bytes before the first customer."""
        ...

    def add(self, rows: bytes) -> bytes:
        """Add a page of rows; return the bytes that are complete."""
        ...

    def end(self) -> bytes:
        """Return the remaining bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """Format of files.

    Attributes:
        name: name of the format, and the file extension.
        media_type: value of Content-Type.
        notation: notation in which PostgreSQL renders the rows.
        encoder: factory of an encoder; the arguments are whether a CSV file has a header, and the scheme of the rows.
        is_cpu_bound: whether the encoder transforms the rows.
    """

    name: FormatName
    media_type: str
    notation: Notation
    encoder: Callable[[bool, str], Encoder]
    is_cpu_bound: bool = False

    def file_name(self, suffix: str) -> str:
        """Return the name of a file of customers."""
        return f"customers_{suffix}.{self.name}"


class TextEncoder:
    """Encoder that writes the rows as rendered by PostgreSQL, after an optional header."""

    def __init__(self, header: str = "") -> None:
        self._header = header

    def begin(self) -> bytes:
        """Return the header."""
        return self._header.encode()

    def add(self, rows: bytes) -> bytes:
        """Return the rows."""
        return rows

    def end(self) -> bytes:
        """Return nothing."""
        return b""


def _csv(has_header: bool, scheme: str) -> Encoder:  # positional, as the encoder of every format
    return TextEncoder(",".join(column_names(scheme)) + SAFE_CSV.end if has_header else "")


def _ndjson(_has_header: bool, _scheme: str) -> Encoder:
    return TextEncoder()


def _parquet(_has_header: bool, scheme: str) -> Encoder:
    # Imported on first use, because pyarrow takes 40 MB and a third of a second.
    encoder: Encoder = import_module("app.exports.parquet_encoder").ParquetEncoder(scheme)
    return encoder


FORMATS: Final[dict[FormatName, Format]] = {
    "csv": Format("csv", "text/csv; charset=utf-8", SAFE_CSV, _csv),
    "ndjson": Format("ndjson", "application/x-ndjson", NDJSON, _ndjson),
    "parquet": Format("parquet", "application/vnd.apache.parquet", PLAIN_CSV, _parquet, is_cpu_bound=True),
}
