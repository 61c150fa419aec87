"""Rows sorted by their day on disk, because an export need be in no order and may be larger than memory."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

from app.prepare.daily_files import write_errors

HELD_ROWS: Final = 50_000


class ExternalSort:
    """Rows by day in a hidden folder in `out`, the last ones in memory; at most one file is open at a time.

    `rows`: how many rows each day has. A context manager that removes the folder at its end. Misconfigured
    when `out` cannot be written.
    """

    def __init__(self, out: Path) -> None:
        self.rows: Counter[date] = Counter()
        self._held: defaultdict[date, list[list[str]]] = defaultdict(list)
        with write_errors(out):
            self._folder = TemporaryDirectory(prefix=".split-", dir=out)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def add(self, day: date, cells: list[str]) -> None:
        """Keep one row of `day`."""
        self._held[day].append(cells)
        self.rows[day] += 1
        if self.rows.total() % HELD_ROWS == 0:
            self.flush()

    def flush(self) -> None:
        """Put all rows on disk."""
        for day, rows in self._held.items():
            with write_errors(self._path(day)), self._path(day).open("a", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        self._held.clear()

    def read(self, day: date) -> Iterator[list[str]]:
        """Yield the rows of `day` that are on disk, in the order they came."""
        with self._path(day).open(encoding="utf-8", newline="") as file:
            yield from csv.reader(file)

    def _path(self, day: date) -> Path:
        return Path(self._folder.name, f"{day}")
