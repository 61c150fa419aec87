"""From lines to rows that COPY takes: the usual line passes untouched, an unusual one is split with care.

A line without quotes and with as many delimiters as the header is a row as it stands. Anything else (quotes,
quoted line breaks, extra columns) goes through the csv module; what cannot be split into the header's columns
(ragged, undecodable) stays a row of its own: its raw text, as a JSON string in rescued_data.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

from app.bronze.header import Header
from app.bronze.lines import Lines


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Writes the rows of one file as CSV for COPY.

    head and tail stand before and behind the line number of every row; behind them come rescued_data and the
    header's columns, those of bronze only.
    """

    header: Header
    delimiter: str
    head: bytes
    tail: bytes

    def rows(self, lines: Lines) -> Iterator[bytes]:
        """One CSV row for each data row, in the order of the file; empty lines are none."""
        mark, wanted, head = self.delimiter.encode(), len(self.header.columns) - 1, self.head
        tail, is_usual = self.tail + mark, not self.header.has_extras
        for line in lines:
            plain = line.rstrip(b"\r\n")
            if (
                is_usual
                and plain.count(mark) == wanted
                and b'"' not in plain
                and b"\0" not in plain
                and (plain.isascii() or _is_utf8(plain))
            ):
                yield b"%b%d%b%b\n" % (head, lines.line_no, tail, plain)
            elif plain:
                yield self._careful(lines, line)

    def _careful(self, lines: Lines, line: bytes) -> bytes:
        line_no = lines.line_no
        fields = lines.record(line, len(self.header.columns))
        if fields is None:
            raw = line.rstrip(b"\r\n").decode("utf-8", "backslashreplace").replace("\0", "\\x00")
            return self._row(line_no, raw, [""] * len(self.header.columns))
        extras = {name: field for name, field in zip(self.header.extras, fields, strict=True) if name is not None}
        return self._row(line_no, extras or None, fields)

    def _row(self, line_no: int, rescued: dict[str, str] | str | None, fields: list[str]) -> bytes:
        kept = [field for field, column in zip(fields, self.header.columns, strict=True) if column is not None]
        text = csv_text(["" if rescued is None else json.dumps(rescued, ensure_ascii=False), *kept], self.delimiter)
        return b"%b%d%b%b\n" % (self.head, line_no, self.tail, text)


def csv_text(fields: list[str], delimiter: str) -> bytes:
    """The fields as one CSV record, without a line end."""
    text = io.StringIO()
    # The writer quotes a \r or \n within a field only where its own line end has one.
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(fields)
    return text.getvalue().encode()[:-2]


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
