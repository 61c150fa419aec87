"""Physical lines of a CSV file, and records that span several of them."""

import csv
from collections import deque
from collections.abc import Iterator

MAX_RECORD_BYTES = 4 * 1024**2
csv.field_size_limit(MAX_RECORD_BYTES)


class LineReader:
    """Reader of numbered physical lines and of CSV records that span several lines.

    Attributes:
        line_no: number of the last line returned; the first line is 1.
    """

    def __init__(self, lines: Iterator[bytes], delimiter: str) -> None:
        self._lines = lines
        self._back: deque[bytes] = deque()
        self._delimiter = delimiter
        self._numbered = self._run()
        self.line_no = 0

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the remaining lines; lines of records read by `read_record` are skipped."""
        return self._numbered

    def read_record(self, first: bytes, columns: int | None = None) -> list[str] | None:
        """Return the fields of the record that begins with the line `first`; quoted line breaks span further lines.

        Returns None if the record violates RFC 4180, does not have `columns` fields, or if its first and last line are
        complete rows. The lines after `first` are then returned again, so that an unpaired quote hides no rows.
        """
        ahead: list[bytes] = []
        try:
            fields = next(csv.reader(self._ahead(first, ahead, columns), delimiter=self._delimiter, strict=True))
        except (csv.Error, UnicodeDecodeError, StopIteration):
            fields = []
        fits = columns in {len(fields), None} and fields and not any("\0" in field for field in fields)
        if fits and not (ahead and columns is not None and self._are_rows(first, ahead[-1], columns)):
            return fields
        self._back.extendleft(reversed(ahead))
        self.line_no -= len(ahead)
        return None

    def _are_rows(self, first: bytes, last: bytes, columns: int) -> bool:
        # Two unpaired quotes in different rows enclose the rows between them in one valid record.
        if first.count(self._delimiter.encode()) < columns - 1:
            return False
        try:
            fields = next(csv.reader([last.decode()], delimiter=self._delimiter, strict=True))
        except csv.Error:
            return False
        return len(fields) == columns

    def _ahead(self, first: bytes, taken: list[bytes], columns: int | None) -> Iterator[str]:
        yield first.decode()
        size, closings = len(first), 0
        # Each line that closes a quoted field begins another column: with more such lines than columns, the record is
        # invalid. Without this bound, a file with many unpaired quotes would be read to its end for each line.
        while (
            size < MAX_RECORD_BYTES and (columns is None or closings <= columns) and (line := self._next()) is not None
        ):
            taken.append(line)
            size += len(line)
            closings += b'"' in line.replace(b'""', b"")
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
