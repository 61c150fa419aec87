"""Samples of files: headers and rows as texts, and columns across all files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Literal

from app.contract.header_names import header_key


@dataclass(frozen=True, slots=True)
class Reading:
    """Some words of a file with characters outside ASCII, as they read in an encoding."""

    encoding: str
    words: str


@dataclass(frozen=True, slots=True)
class SampledFile:
    """Header and some rows of one file.

    Attributes:
        key: path below the folder.
        header_line: line of the header, from 1.
        is_header_first: whether no other text comes before the header, but for a `sep=` line.
        has_sep_line: whether the first line is `sep=`.
        uneven: rows with another number of fields than the header; they are not in `rows`.
        is_whole: whether all rows were read.
        other_sheets: names of the further visible sheets of a workbook with rows.
        readings: if the encoding is a guess, the words in it, and in other possible ones.
    """

    key: str
    format: Literal["csv", "xlsx"]
    encoding: str
    delimiter: str
    quote: str
    header_line: int
    is_header_first: bool
    has_sep_line: bool
    names: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    uneven: int
    is_whole: bool
    readings: tuple[Reading, ...] = ()
    other_sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """Samples of all files."""

    files: tuple[SampledFile, ...]

    def names(self) -> dict[str, str]:
        """Return the names in the headers by their key, in the order of the first file that has them."""
        found: dict[str, str] = {}
        for file in self.files:
            for name in filter(str.strip, file.names):
                found.setdefault(header_key(name), name)
        return found

    def rows(self, names: Sequence[str]) -> Iterator[tuple[SampledFile, tuple[str, ...]]]:
        """Yield the values of some columns for each row, with the file; columns that a file lacks are empty."""
        for file in self.files:
            places = _places(file, names)
            columns = [_column(file, place) for place in places]
            yield from zip(repeat(file), zip(*columns, strict=True), strict=False)

    def values(self, name: str) -> Iterator[str]:
        """Yield the values of a column that are not blank, without blanks around them."""
        for file in self.files:
            (place,) = _places(file, [name])
            if place is not None:
                yield from filter(None, (row[place].strip() for row in file.rows))


def _column(file: SampledFile, place: int | None) -> Iterable[str]:
    return repeat("", len(file.rows)) if place is None else map(itemgetter(place), file.rows)


def _places(file: SampledFile, names: Sequence[str]) -> list[int | None]:
    keys = [header_key(name) for name in file.names]
    return [keys.index(header_key(name)) if header_key(name) in keys else None for name in names]
