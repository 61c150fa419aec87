"""Physical lines of a CSV file, and records that span several of them."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.contract.model import Dialect, Escape

MAX_RECORD_BYTES: Final = 4 * 1024**2
csv.field_size_limit(MAX_RECORD_BYTES)  # of the whole process, contract drafts included


@dataclass(frozen=True, slots=True)
class CsvForm:
    """Marks of a CSV file.

    Attributes:
        escape: how a quote within quotes is written; a backslash escapes a delimiter and a backslash, too.
        is_tolerant: whether a record may have empty fields behind its last column.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: Escape = "doubled"
    is_tolerant: bool = True

    @classmethod
    def from_dialect(cls, dialect: Dialect) -> "CsvForm":
        """Return the marks of a dialect; the rows of a workbook are written with the usual ones."""
        if dialect.format != "csv":
            return cls()
        return cls(dialect.delimiter, dialect.quote, dialect.escape, dialect.is_empty_last_column_tolerated)

    def split(self, lines: Iterator[str]) -> list[str] | None:
        """Return the fields of the first record of these lines; None if it violates RFC 4180."""
        is_doubled = self.escape == "doubled"
        try:
            return next(
                csv.reader(
                    lines if is_doubled else map(self._escaped, lines),
                    delimiter=self.delimiter,
                    quotechar=self.quote,
                    escapechar=None if is_doubled else "\\",
                    strict=True,
                )
            )
        except (csv.Error, UnicodeDecodeError, StopIteration):
            return None

    def _escaped(self, line: str) -> str:
        """Escape the backslashes before other characters than marks, which the csv module would leave out."""
        marks = f"\\{self.quote}{self.delimiter}"
        return re.sub(r"\\(.)|\\", lambda found: found[0] if found[1] and found[1] in marks else f"\\{found[0]}", line)

    def fitted(self, fields: list[str], columns: int, unnamed: int = 0) -> list[str] | None:
        """Return the fields of a record with `columns` columns, without empty ones behind; None for another number."""
        if self.is_tolerant and not any(fields[columns:]):
            fields = fields[:columns]
        if columns - unnamed <= len(fields) <= columns:
            return fields + [""] * (columns - len(fields))
        return None


class LineReader:
    """Reader of numbered physical lines and of CSV records that span several lines.

    Attributes:
        form: marks of the file.
        line_no: number of the last line returned; the first line is 1.
    """

    def __init__(self, lines: Iterator[bytes], form: CsvForm) -> None:
        self._lines = lines
        self._back: deque[bytes] = deque()
        self._taken: list[bytes] = []
        self._numbered = self._run()
        self.form = form
        self.line_no = 0

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the remaining lines; lines of records read by `read_record` are skipped."""
        return self._numbered

    def read_record(self, first: bytes, columns: int | None = None, unnamed: int = 0) -> list[str] | None:
        """Return the fields of the record that begins with the line `first`; quoted line breaks span further lines.

        Returns None if the record violates RFC 4180, does not have `columns` fields, or if its first and last line are
        complete rows. The lines after `first` are then returned again, so that an unpaired quote hides no rows.
        """
        self._taken = []
        fields = self.form.split(self._ahead(first, columns))
        if fields and columns is not None:
            fields = self.form.fitted(fields, columns, unnamed)
        is_valid = fields and not any("\0" in field for field in fields)
        if is_valid and not (self._taken and columns is not None and self._are_rows(first, columns, unnamed)):
            return fields
        self.unread_record()
        return None

    def unread_record(self) -> None:
        """Return the lines of the last record after its first line again."""
        self._back.extendleft(reversed(self._taken))
        self.line_no -= len(self._taken)
        self._taken = []

    def _are_rows(self, first: bytes, columns: int, unnamed: int) -> bool:
        # Two unpaired quotes in different rows enclose the rows between them in one valid record.
        if first.count(self.form.delimiter.encode()) < columns - unnamed - 1:
            return False
        fields = self.form.split(iter([self._taken[-1].decode()]))
        return fields is not None and self.form.fitted(fields, columns, unnamed) is not None

    def _ahead(self, first: bytes, columns: int | None) -> Iterator[str]:
        yield first.decode()
        quote = self.form.quote.encode()
        size, closings = len(first), 0
        # Each line that closes a quoted field begins another column: with more such lines than columns, the record is
        # invalid. Without this bound, a file with many unpaired quotes would be read to its end for each line.
        while (
            size < MAX_RECORD_BYTES and (columns is None or closings <= columns) and (line := self._next()) is not None
        ):
            self._taken.append(line)
            size += len(line)
            inner = line if self.form.escape == "doubled" else line.replace(b"\\" + quote, b"")
            closings += quote in inner.replace(quote * 2, b"")
            yield line.decode()

    def _next(self) -> bytes | None:
        line = self._back.popleft() if self._back else next(self._lines, None)
        self.line_no += line is not None
        return line

    def _run(self) -> Iterator[bytes]:
        while True:
            while self._back:
                self.line_no += 1
                yield self._back.popleft()
            for line in self._lines:
                self.line_no += 1
                yield line
                if self._back:
                    break
            else:
                return
