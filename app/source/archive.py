"""Members of a zip archive, each a sales file of its own."""

import re
import stat
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from app.contract.model import ARCHIVE
from app.errors import BrokenFile
from app.source.content_hash import MAX_BYTES
from app.source.protocol import Fetched, SourceObject, spooled
from app.source.selection import Selection

CHUNK_BYTES: Final = 1024**2
MAX_MEMBERS: Final = 1_000
MAX_ENTRIES: Final = 20_000
ENCRYPTED: Final = 0x1
NESTED: Final = re.compile(r"\.(zip|7z|rar|tar|tgz|tbz2?|txz|jar)(\.[a-z0-9]+)?$", re.IGNORECASE)
ESCAPING: Final = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|[\x00-\x1f]")
"""Paths that leave the archive; a backslash is a separator in archives of some tools for Windows."""


def is_archive(key: str) -> bool:
    """Return whether an object is an archive, by the end of its key."""
    return key.lower().endswith(ARCHIVE)


@dataclass(frozen=True, slots=True)
class Members:
    """Sales files of an archive.

    Attributes:
        files: in the order of their names; `etag` is the checksum of the archive's directory.
        skipped: number of other members by suffix; hidden ones are not counted.
    """

    files: tuple[SourceObject, ...]
    skipped: Counter[str]


def list_members(
    content: IO[bytes], name: str, suffixes: tuple[str, ...], max_bytes: int = MAX_BYTES, max_members: int = MAX_MEMBERS
) -> Members:
    """List the sales files of a zip archive, without reading them.

    Raises BrokenFile, with the remedy, for a file that is not a zip archive, a password, links, names that leave the
    archive, archives within it, a name twice, too many members, or more than `max_bytes` in all.
    """
    selection, found, size = Selection(suffixes), dict[str, SourceObject](), 0
    content.seek(0)
    with _translated(name), ZipFile(content) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise BrokenFile(f"{name} has {len(entries):,} members; send at most {max_members:,} in an archive")
        for entry in entries:
            _check_name(name, entry)
            path = entry.filename.replace("\\", "/")
            if path.endswith("/") or not selection.takes(path):
                continue
            _check_member(name, entry)
            if entry.filename in found:
                raise BrokenFile(f"{name} has two members {entry.filename!r}; build the archive again with one")
            size += entry.file_size
            found[entry.filename] = _listed(entry)
    if len(found) > max_members:
        raise BrokenFile(f"{name} has {len(found):,} sales files; send at most {max_members:,} in an archive")
    if size > max_bytes:
        raise BrokenFile(
            f"{name} has {size:,} bytes after decompression, more than {max_bytes:,}; send its files one by one, or "
            "see REGULARS_MAX_OBJECT_BYTES"
        )
    return Members(tuple(found[key] for key in sorted(found)), selection.skipped)


class OpenArchive:
    """A zip archive that is read member by member; closing it closes its content. Raises BrokenFile if it is none."""

    def __init__(self, content: IO[bytes], name: str, max_bytes: int = MAX_BYTES) -> None:
        self._content, self._name, self._max_bytes = content, name, max_bytes
        with _translated(name):
            content.seek(0)
            self._archive = ZipFile(content)

    def fetch(self, member: SourceObject) -> Fetched:
        """Return the bytes of a listed member; no more than listed are read.

        Raises BrokenFile if the member is corrupt or no longer the listed one, LocalStorageUnavailable if the temporary
        disk is full.
        """
        with _translated(self._name):
            try:
                entry = self._archive.getinfo(member.key)
            except KeyError:
                raise BrokenFile(f"{self._name} has no member {member.key!r}; send the archive again") from None
            if _listed(entry) != member:
                raise BrokenFile(f"{self._name}: {member.key!r} is not the listed member; send the archive again")
            _check_member(self._name, entry)
            with self._archive.open(entry) as opened:
                return spooled(_chunks(opened), member, self._max_bytes)

    def close(self) -> None:
        """Close the archive and its content."""
        self._archive.close()
        self._content.close()


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BrokenFile(
            f"{name} cannot be read as a zip archive: {error}; build it again with the usual compression, and send it"
        ) from error


def _check_name(name: str, entry: ZipInfo) -> None:
    shown = repr(entry.filename[:200])
    if ESCAPING.search(entry.orig_filename) or ESCAPING.search(entry.filename):
        raise BrokenFile(f"{name}: the path of the member {shown} leaves the archive; build it again with plain names")
    if NESTED.search(entry.filename):
        raise BrokenFile(f"{name} has another archive in it, {shown}; send the files of that directly")


def _check_member(name: str, entry: ZipInfo) -> None:
    shown = repr(entry.filename[:200])
    if entry.flag_bits & ENCRYPTED:
        raise BrokenFile(f"{name}: the member {shown} has a password; build the archive without one")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BrokenFile(f"{name}: the member {shown} is a link; build the archive with the file itself")


def _listed(entry: ZipInfo) -> SourceObject:
    try:
        modified = datetime(*entry.date_time, tzinfo=UTC)
    except ValueError:
        modified = datetime(1980, 1, 1, tzinfo=UTC)
    return SourceObject(entry.filename, f"{entry.CRC:08x}-{entry.file_size:x}", entry.file_size, modified)


def _chunks(opened: IO[bytes]) -> Iterator[bytes]:
    while chunk := opened.read(CHUNK_BYTES):
        yield chunk
