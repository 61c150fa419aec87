"""External sort of rows by day, on disk, for exports in any order and larger than memory."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from app.prepare.daily_files import write_errors


class ExternalSort:
    """Rows by day in a hidden folder in `out`, with at most `held_rows` in memory and one open file.

    A context manager that removes the folder at its end. Raises Misconfigured if `out` is not writable.

    Attributes:
        row_counts: number of rows of each day.
    """

    def __init__(self, out: Path, held_rows: int) -> None:
        self.row_counts: Counter[date] = Counter()
        self._max_held = held_rows
        self._held_count = 0
        self._held: defaultdict[date, list[list[str]]] = defaultdict(list)
        with write_errors(out):
            self._folder = TemporaryDirectory(prefix=".split-", dir=out)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def add(self, day: date, cells: list[str]) -> None:
        """Add a row of `day`."""
        self._held[day].append(cells)
        self.row_counts[day] += 1
        self._held_count += 1
        if self._held_count == self._max_held:
            self.flush()

    def flush(self) -> None:
        """Write all rows in memory to disk."""
        for day, rows in self._held.items():
            with write_errors(self._path(day)), self._path(day).open("a", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        self._held.clear()
        self._held_count = 0

    def read(self, day: date) -> Iterator[list[str]]:
        """Yield the flushed rows of `day` in the order of their addition."""
        with self._path(day).open(encoding="utf-8", newline="") as file:
            yield from csv.reader(file)

    def _path(self, day: date) -> Path:
        return Path(self._folder.name, f"{day}")
