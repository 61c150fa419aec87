"""Files to draft a contract from: those below some folders with the suffix of a table, and some of their bytes."""

import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from app.errors import BrokenFile, SourceUnreachable

TEXTS: Final = (".csv", ".tsv", ".txt")
WORKBOOK: Final = ".xlsx"
SUFFIXES: Final = (*TEXTS, *(f"{suffix}.gz" for suffix in TEXTS), ".zip", WORKBOOK)
HIDDEN: Final = (".", "_", "~$")
"""Beginnings of names that are no data."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Files below some paths.

    Attributes:
        files: pairs of a key and a path, in the order of their keys.
        hidden, others: numbers of files that are left out.
    """

    files: tuple[tuple[str, Path], ...]
    hidden: int
    others: int

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Suffixes of the files."""
        found = {suffix_of(key) for key, _ in self.files}
        return tuple(suffix for suffix in SUFFIXES if suffix in found)


def list_files(paths: Sequence[Path]) -> Listing:
    """List the files below folders, and single files; raises SourceUnreachable for a missing path."""
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise SourceUnreachable(f"{missing} does not exist; give folders or files of sales")
    files, hidden, others = dict[str, Path](), 0, 0
    for path in paths:
        for key, file in _below(path):
            if any(part.startswith(HIDDEN) for part in key.split("/")):
                hidden += 1
            elif not suffix_of(key):
                others += 1
            else:
                files[key] = file
    return Listing(tuple(sorted(files.items())), hidden, others)


def suffix_of(key: str) -> str:
    """Return the suffix of a table; empty for other files."""
    return next((suffix for suffix in reversed(SUFFIXES) if key.lower().endswith(suffix)), "")


def some_files(listing: Listing, most: int) -> list[tuple[str, Path]]:
    """Return the first, the last, and evenly spaced files between them."""
    files = listing.files
    if len(files) <= most:
        return [*files]
    places = sorted({round(at * (len(files) - 1) / (most - 1)) for at in range(most)})
    return [files[place] for place in places]


def read_parts(path: Path, key: str, most_bytes: int) -> tuple[list[bytes], bool]:
    """Return the beginning of a text file, and parts of its middle and end; and whether that is all of it.

    Raises BrokenFile if it cannot be decompressed.
    """
    try:
        with path.open("rb") as file:
            if key.lower().endswith(".gz"):
                return _beginning(gzip.open(file), most_bytes)
            if key.lower().endswith(".zip"):
                return _member(file, key, most_bytes)
            return _parts(file, path.stat().st_size, most_bytes)
    except (EOFError, zlib.error, gzip.BadGzipFile, BadZipFile, RuntimeError, NotImplementedError) as error:
        raise BrokenFile(f"{key} cannot be decompressed: {error}; save it again") from error


def _below(path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_file():
        yield path.name, path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(folder) / name
            yield file.relative_to(path).as_posix(), file


def _member(file: IO[bytes], key: str, most_bytes: int) -> tuple[list[bytes], bool]:
    with ZipFile(file) as archive:
        names = sorted(name for name in archive.namelist() if name.lower().endswith(TEXTS))
        names = [name for name in names if not any(part.startswith(HIDDEN) for part in name.split("/"))]
        if not names:
            raise BrokenFile(f"{key} has no .csv, .tsv or .txt file in it")
        with archive.open(names[0]) as member:
            return _beginning(member, most_bytes)


def _beginning(file: IO[bytes] | gzip.GzipFile, most_bytes: int) -> tuple[list[bytes], bool]:
    read = file.read(most_bytes)
    return [read], not file.read(1)


def _parts(file: IO[bytes], size: int, most_bytes: int) -> tuple[list[bytes], bool]:
    if size <= most_bytes:
        return [file.read()], True
    third = most_bytes // 3
    parts = [file.read(third)]
    for start in (size // 2, size - third):
        file.seek(start)
        parts.append(file.read(third).partition(b"\n")[2])
    return parts, False
