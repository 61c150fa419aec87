"""Convert the lines of a file to rows for COPY: fast path for plain lines, csv module for all others.

A line without quotes and with as many delimiters as the header is copied unchanged, and so is one whose quoted fields
mean the same to COPY. Any other line (quoted line breaks, extra columns) goes through the csv module. A line that
cannot be split into the columns of the header (ragged, undecodable) is a row with its raw text as a JSON string in
rescued_data.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.bronze.header import Header
from app.bronze.lines import CsvForm, LineReader
from app.bronze.wrong_dialect import LineFaults


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Writer of the rows of one file as CSV for COPY, by the delimiter and quote of the file.

    Attributes:
        head: text before the line number of every row.
        tail: text after it, before rescued_data and the columns of bronze.
        faults: lines that could not be split.
    """

    header: Header
    form: CsvForm
    head: bytes
    tail: bytes
    faults: LineFaults = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "faults", LineFaults(self.form, len(self.header.columns), self.header.unnamed))

    def rows(self, lines: LineReader) -> Iterator[bytes]:
        """Yield one CSV row for each data row, in the order of the file; empty lines are skipped."""
        mark, quote, head = self.form.delimiter.encode(), self.form.quote.encode(), self.head
        delimiters = len(self.header.columns) - self.header.unnamed - 1
        is_quoted_row = quoted_row(self.form, delimiters + 1).fullmatch
        tail, is_plain_header, is_utf8 = self.tail + mark, not self.header.has_extras, self.faults.is_utf8
        is_tolerant, has_escapes = self.form.is_tolerant, self.form.escape != "doubled"
        for line in lines:
            plain = line.rstrip(b"\r\n")
            if quote in plain:
                is_complete = is_quoted_row(plain) is not None
            else:
                excess = plain.count(mark) - delimiters
                if excess > 0 and is_tolerant and plain.endswith(mark * excess):
                    plain, excess = plain[:-excess], 0
                is_complete = not excess
            if (
                is_complete
                and is_plain_header
                and b"\0" not in plain
                and not (has_escapes and b"\\" in plain)
                and (plain.isascii() or is_utf8(plain))
            ):
                yield b"%b%d%b%b\n" % (head, lines.line_no, tail, plain)
            elif plain:
                yield self._parsed_row(lines, line)

    def _parsed_row(self, lines: LineReader, line: bytes) -> bytes:
        line_no = lines.line_no
        columns, unnamed = len(self.header.columns), self.header.unnamed
        fields = lines.read_record(line, columns, unnamed)
        if fields is None:
            self.faults.add(line_no, line)
            raw = line.rstrip(b"\r\n").decode("utf-8", "backslashreplace").replace("\0", "\\x00")
            return self._row(line_no, raw, [""] * columns)
        self.faults.multibyte += not line.isascii()
        extras = {
            name: text
            for place, (name, text) in enumerate(zip(self.header.extras, fields, strict=True), 1)
            if name is not None and (text or place <= columns - unnamed)
        }
        return self._row(line_no, extras or None, fields)

    def _row(self, line_no: int, rescued: dict[str, str] | str | None, fields: list[str]) -> bytes:
        kept = [field for field, column in zip(fields, self.header.columns, strict=True) if column is not None]
        text = csv_text(["" if rescued is None else json.dumps(rescued, ensure_ascii=False), *kept], self.form)
        return b"%b%d%b%b\n" % (self.head, line_no, self.tail, text)


def quoted_row(form: CsvForm, columns: int) -> re.Pattern[bytes]:
    """Return the pattern of a row with as many fields, quoted ones among them, that csv and COPY read alike.

    COPY reads a quoted empty field as an empty text, and a quote within a field otherwise; such rows do not match.
    """
    quote, mark = re.escape(form.quote.encode()), re.escape(form.delimiter.encode())
    field = b"(?:%b(?:[^%b\r]|%b%b)++%b|[^%b%b\r]*+)" % (quote, quote, quote, quote, quote, quote, mark)
    return re.compile(field + b"(?:%b%b){%d}" % (mark, field, columns - 1))


def csv_text(fields: list[str], form: CsvForm) -> bytes:
    """Return the fields as one CSV record with doubled quotes, without a line end."""
    text = io.StringIO()
    # The writer quotes a \r or \n within a field only if its own line end has one.
    csv.writer(text, delimiter=form.delimiter, quotechar=form.quote, lineterminator="\r\n").writerow(fields)
    return text.getvalue().encode()[:-2]
