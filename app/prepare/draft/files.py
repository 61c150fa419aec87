"""Files to draft a contract from: those below some folders with the suffix of a table, and some of their bytes."""

import gzip
import os
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from app.errors import BrokenFile, StoreUnusable
from app.source import selection

TEXTS: Final = (".csv", ".tsv", ".txt")
WORKBOOK: Final = ".xlsx"
ZIP: Final = ".zip"
SUFFIXES: Final = (*TEXTS, *(f"{suffix}.gz" for suffix in TEXTS), ZIP, WORKBOOK)


@dataclass(frozen=True, slots=True)
class Table:
    """A file with a table.

    Attributes:
        key: path below the folder; of a member of an archive, after the path of the archive.
        member: name in the archive; None for a file of its own.
    """

    key: str
    path: Path
    member: str | None = None


@dataclass(frozen=True, slots=True)
class FoundTables:
    """Files below some paths.

    Attributes:
        files: in the order of their keys.
        hidden: number of hidden files, which are left out.
        others: numbers of other files that are left out, by suffix.
    """

    files: tuple[Table, ...]
    hidden: int
    others: Mapping[str, int]

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Suffixes of the files, and of archives."""
        found = {suffix_of(file.key) for file in self.files} | {ZIP for file in self.files if file.member is not None}
        return tuple(suffix for suffix in SUFFIXES if suffix in found)


def list_files(paths: Sequence[Path]) -> FoundTables:
    """List the files below folders, and single files; raises StoreUnusable for a missing path."""
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise StoreUnusable(f"{missing} does not exist; give folders or files of sales")
    files, hidden, others = dict[str, Table](), 0, Counter[str]()
    for path in paths:
        for key, file in _below(path):
            if selection.is_hidden(key):
                hidden += 1
            elif not suffix_of(key):
                others[selection.suffix_of(key)] += 1
            else:
                files.update((table.key, table) for table in _tables(key, file))
    return FoundTables(tuple(files[key] for key in sorted(files)), hidden, others)


def suffix_of(key: str) -> str:
    """Return the suffix of a table; empty for other files."""
    return next((suffix for suffix in reversed(SUFFIXES) if key.lower().endswith(suffix)), "")


def some_files(listing: FoundTables, most: int) -> list[Table]:
    """Return the first, the last, and evenly spaced files between them."""
    files = listing.files
    if len(files) <= most:
        return [*files]
    places = sorted({round(at * (len(files) - 1) / (most - 1)) for at in range(most)})
    return [files[place] for place in places]


def read_parts(file: Table, max_bytes: int) -> tuple[list[bytes], bool]:
    """Return the beginning of a text file, and parts of its middle and end; and whether that is all of it.

    Raises BrokenFile if it cannot be decompressed.
    """
    try:
        with file.path.open("rb") as opened:
            if file.member is not None:
                return _member(opened, file.member, max_bytes)
            if file.key.lower().endswith(".gz"):
                return _beginning(gzip.open(opened), max_bytes)
            return _parts(opened, file.path.stat().st_size, max_bytes)
    except (EOFError, zlib.error, gzip.BadGzipFile, BadZipFile, RuntimeError, NotImplementedError) as error:
        raise BrokenFile(f"{file.key} cannot be decompressed: {error}; save it again") from error


def _below(path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_file():
        yield path.name, path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(folder) / name
            yield file.relative_to(path).as_posix(), file


def _tables(key: str, path: Path) -> Iterator[Table]:
    """Yield a file, or the tables in an archive; one that cannot be opened is yielded, and rejected when read."""
    if not key.lower().endswith(ZIP):
        yield Table(key, path)
        return
    try:
        with ZipFile(path) as archive:
            names = [
                name
                for name in archive.namelist()
                if name.lower().endswith(TEXTS) and not selection.is_hidden(name.replace("\\", "/"))
            ]
    except (BadZipFile, OSError):
        names = [""]
    yield from (Table(f"{key}/{name}", path, name) for name in names)


def _member(file: IO[bytes], name: str, max_bytes: int) -> tuple[list[bytes], bool]:
    with ZipFile(file) as archive, archive.open(name) as member:
        return _beginning(member, max_bytes)


def _beginning(file: IO[bytes] | gzip.GzipFile, max_bytes: int) -> tuple[list[bytes], bool]:
    read = file.read(max_bytes)
    return [read], not file.read(1)


def _parts(file: IO[bytes], size: int, max_bytes: int) -> tuple[list[bytes], bool]:
    if size <= max_bytes:
        return [file.read()], True
    third = max_bytes // 3
    parts = [file.read(third)]
    for start in (size // 2, size - third):
        file.seek(start)
        parts.append(file.read(third).partition(b"\n")[2])
    return parts, False
