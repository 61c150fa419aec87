"""Convert the lines of a file to rows for COPY: fast path for plain lines, csv module for all others.

A line without quotes and with as many delimiters as the header is copied unchanged. Any other line (quotes, quoted
line breaks, extra columns) goes through the csv module. A line that cannot be split into the columns of the header
(ragged, undecodable) is a row with its raw text as a JSON string in rescued_data.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

from app.bronze.header import Header
from app.bronze.lines import LineReader


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Writer of the rows of one file as CSV for COPY.

    Attributes:
        head: text before the line number of every row.
        tail: text after it, before rescued_data and the columns of bronze.
    """

    header: Header
    delimiter: str
    head: bytes
    tail: bytes

    def rows(self, lines: LineReader) -> Iterator[bytes]:
        """Yield one CSV row for each data row, in the order of the file; empty lines are skipped."""
        mark, delimiters, head = self.delimiter.encode(), len(self.header.columns) - 1, self.head
        tail, is_plain_header = self.tail + mark, not self.header.has_extras
        for line in lines:
            plain = line.rstrip(b"\r\n")
            if (
                is_plain_header
                and plain.count(mark) == delimiters
                and b'"' not in plain
                and b"\0" not in plain
                and (plain.isascii() or _is_utf8(plain))
            ):
                yield b"%b%d%b%b\n" % (head, lines.line_no, tail, plain)
            elif plain:
                yield self._parsed_row(lines, line)

    def _parsed_row(self, lines: LineReader, line: bytes) -> bytes:
        line_no = lines.line_no
        fields = lines.read_record(line, len(self.header.columns))
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
    """Return the fields as one CSV record, without a line end."""
    text = io.StringIO()
    # The writer quotes a \r or \n within a field only if its own line end has one.
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(fields)
    return text.getvalue().encode()[:-2]


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
