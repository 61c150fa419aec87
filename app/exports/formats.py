"""The formats of an export: how lines become the bytes of a file."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Literal, Protocol

from app.exports.row_text import FIELDS, NDJSON, PLAIN_CSV, SAFE_CSV, Notation

FormatName = Literal["csv", "ndjson", "parquet"]


class Encoder(Protocol):
    """Makes the bytes of one file, in the order of these methods; each gives what can leave already."""

    def begin(self) -> bytes:
        """What stands before the first customer."""
        ...

    def add(self, lines: bytes) -> bytes:
        """The bytes of a page in the notation of the format, or of pages before it."""
        ...

    def end(self) -> bytes:
        """What is still to come."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files; `encoder` makes one for each file, with the names of the fields or (CSV alone) without.

    is_work: whether the encoder does more than hand on what PostgreSQL wrote.
    """

    name: FormatName
    media_type: str
    notation: Notation
    encoder: Callable[[bool], Encoder]
    is_work: bool = False

    def file_name(self, of: str) -> str:
        """What a file with these customers is called."""
        return f"customers_{of}.{self.name}"


class Lines:
    """Text as PostgreSQL wrote it, behind a header or none."""

    def __init__(self, header: str = "") -> None:
        self._header = header

    def begin(self) -> bytes:
        """The header."""
        return self._header.encode()

    def add(self, lines: bytes) -> bytes:
        """The same."""
        return lines

    def end(self) -> bytes:
        """Nothing."""
        return b""


def _csv(has_header: bool) -> Encoder:  # as every format's
    return Lines(",".join(FIELDS) + SAFE_CSV.end if has_header else "")


def _ndjson(_has_header: bool) -> Encoder:
    return Lines()


def _parquet(_has_header: bool) -> Encoder:
    # pyarrow takes 40 MB and a third of a second: only who writes Parquet pays for it.
    encoder: Encoder = import_module("app.exports.parquet").Parquet()
    return encoder


FORMATS: Final[dict[FormatName, Format]] = {
    "csv": Format("csv", "text/csv; charset=utf-8", SAFE_CSV, _csv),
    "ndjson": Format("ndjson", "application/x-ndjson", NDJSON, _ndjson),
    "parquet": Format("parquet", "application/vnd.apache.parquet", PLAIN_CSV, _parquet, is_work=True),
}
