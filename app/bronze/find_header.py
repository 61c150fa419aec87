"""Search of the header of a file: its first line, a declared line, or the first line with all columns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from app.bronze.columns import count_columns, holds_all_columns
from app.bronze.header import Header, read_header
from app.bronze.lines import CsvForm, LineReader
from app.bronze.missing_columns import describe_invalid
from app.bronze.remedies import declare, declare_delimiter
from app.contract.dialects import check_delimiter
from app.contract.model import SourceContract
from app.errors import BrokenFile

SEARCHED_LINES: Final = 20
SEPARATOR_LINE: Final = re.compile(rb'"?sep=(.)"?', re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Found:
    line_no: int
    names: list[str]


def find_header(lines: LineReader, source_contract: SourceContract) -> Header | None:
    """Read the lines up to the header; return None for a file without any.

    A leading line `sep=;` sets the delimiter of `lines`. Raises BrokenFile, with the key of the contract that would
    read the file, if there is no header.
    """
    first = _next_text(lines)
    if first is not None and source_contract.dialect.format == "csv":
        separator = separator_of(first)
        if separator is not None:
            source_contract = _separated(lines, source_contract, separator)
            first = _next_text(lines)
    if first is None:
        return None
    wanted = source_contract.dialect.header
    if wanted == "search":
        return _searched(lines, first, source_contract)
    return (
        _read(lines, first, source_contract) if wanted == "first" else _numbered(lines, first, source_contract, wanted)
    )


def separator_of(line: bytes) -> str | None:
    """Return the delimiter that a line `sep=;` declares; None for any other line."""
    found = SEPARATOR_LINE.fullmatch(line.rstrip(b"\r\n"))
    return None if found is None else found[1].decode("latin-1")


def _next_text(lines: LineReader) -> bytes | None:
    return next((line for line in lines if line.strip()), None)


def _separated(lines: LineReader, source_contract: SourceContract, mark: str) -> SourceContract:
    dialect, what = source_contract.dialect, f"line {lines.line_no} says that columns are separated by {mark!r}"
    try:
        check_delimiter(mark)
    except ValueError:
        raise BrokenFile(f"{what}, which cannot separate columns; remove the line") from None
    if dialect.is_delimiter_declared and mark != dialect.delimiter:
        raise BrokenFile(f"{what}, but the contract declares {dialect.delimiter!r}; {declare_delimiter(mark)}")
    dialect = replace(dialect, delimiter=mark)
    lines.form = CsvForm.from_dialect(dialect)
    return replace(source_contract, server=replace(source_contract.server, dialect=dialect))


def _numbered(lines: LineReader, first: bytes, source_contract: SourceContract, number: int) -> Header:
    above = None
    for line in chain([first], lines):
        if lines.line_no == number and line.strip():
            return _read(lines, line, source_contract, above)
        if lines.line_no >= number:
            break
        names = lines.read_record(line)
        lines.unread_record()
        if above is None and names and holds_all_columns(names, source_contract.contract):
            above = _Found(lines.line_no, names)
    remedy = _declared_at(above) if above else declare("header", "first")
    raise BrokenFile(f"line {number} is declared as the header, but there is no text in it; {remedy}")


def _read(lines: LineReader, line: bytes, source_contract: SourceContract, other: _Found | None = None) -> Header:
    line_no = lines.line_no
    names = lines.read_record(line)
    try:
        if names is None:
            raise BrokenFile(describe_invalid(line, source_contract))  # noqa: TRY301  # both faults may have the same remedy
        return read_header(names, source_contract)
    except BrokenFile as error:
        if names is None or not holds_all_columns(names, source_contract.contract):
            other = other or next(
                (each for each in _records(lines) if holds_all_columns(each.names, source_contract.contract)), None
            )
            if other is not None:
                raise BrokenFile(
                    f"line {line_no} is not the header, but line {other.line_no} has all columns; {_declared_at(other)}"
                ) from error
        raise BrokenFile(f"line {line_no}: {error}") from error


def _searched(lines: LineReader, first: bytes, source_contract: SourceContract) -> Header:
    best, most = None, -1
    for each in _records(lines, first):
        if holds_all_columns(each.names, source_contract.contract):
            return read_header(each.names, source_contract)
        if (found := count_columns(each.names, source_contract.contract)) > most:
            best, most = each, found
        lines.unread_record()
    if best is None:
        raise BrokenFile(f"line {lines.line_no}: {describe_invalid(first, source_contract)}")
    try:
        return read_header(best.names, source_contract)
    except BrokenFile as error:
        where = f"none of the first {SEARCHED_LINES} lines has all columns; nearest is line {best.line_no}"
        raise BrokenFile(f"{where}: {error}") from error


def _records(lines: LineReader, first: bytes | None = None) -> Iterator[_Found]:
    """Yield the first lines that are records, which the caller gives back if they are not the header."""
    for line in chain([] if first is None else [first], lines):
        line_no = lines.line_no
        if line_no > SEARCHED_LINES:
            return
        names = lines.read_record(line)
        if names is not None:
            yield _Found(line_no, names)


def _declared_at(found: _Found) -> str:
    return declare("header", "search" if found.line_no <= SEARCHED_LINES else str(found.line_no))
