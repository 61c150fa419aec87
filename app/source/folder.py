"""Local folder as a source."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import IO

from app.contract.model import DEFAULT_SUFFIXES
from app.errors import BrokenFile, FoldersUnreadable, ObjectChanged, ObjectRefused, StoreUnavailable, StoreUnusable
from app.settings.source import DEFAULT_SOURCE_NAME
from app.source.content_hash import MAX_BYTES
from app.source.protocol import FILE_SCHEME, SOURCE_SETTING, Fetched, SourceObject, spooled
from app.source.selection import Selection, is_hidden

CHUNK_BYTES = 1024**2


class FolderSource:
    """Source of the sales files below a folder; symbolic links are not followed.

    setting: option, setting, or contract key with this folder, for messages.
    """

    scheme = FILE_SCHEME
    prefix = ""
    is_atomic = False

    def __init__(
        self,
        root: Path,
        name: str = DEFAULT_SOURCE_NAME,
        suffixes: tuple[str, ...] = DEFAULT_SUFFIXES,
        max_bytes: int = MAX_BYTES,
        setting: str = SOURCE_SETTING,
    ) -> None:
        try:
            self.root = root.expanduser().resolve()
        except RuntimeError as error:  # unknown user in ~user, or a loop of symbolic links
            raise StoreUnusable(f"folder {root} cannot be found: {error}; check {setting}") from None
        self.name = name
        self.bucket = str(self.root)
        self.skipped: Counter[str] = Counter()
        self._suffixes = suffixes
        self._max_bytes = max_bytes
        self._setting = setting
        self._not_utf8: set[str] = set()

    def list(self) -> Iterator[SourceObject]:
        """Yield files in the order of their keys; raises FoldersUnreadable after the last file."""
        unreadable: set[str] = set()
        found = []
        selection = Selection(self._suffixes)
        self.skipped = selection.skipped
        for path, stat in self._files(self.bucket, selection, unreadable):
            listed = self._listed(path, stat)
            if not path.endswith(listed.key):
                self._not_utf8.add(listed.key)
            found.append(listed)
        yield from sorted(found, key=attrgetter("key"))
        if unreadable:
            names, keys = ", ".join(sorted(unreadable)), tuple(f"{self._key(path)}/" for path in unreadable)
            raise FoldersUnreadable(f"folder {names} cannot be read: permission denied", keys)

    def find(self, key: str) -> SourceObject:
        """Return the current version of one file, whatever its suffix; raises StoreUnusable if it is unreadable."""
        path = self.root / key
        try:
            return self._listed(str(path), path.stat())
        except OSError as error:
            raise StoreUnusable(f"{path} cannot be read: {error.strerror}; check the path") from None

    def fetch(self, listed: SourceObject) -> Fetched:
        """Return the bytes of a file; raises ObjectChanged if it changed or was removed since."""
        path = self.root / listed.key
        if listed.key in self._not_utf8:
            raise BrokenFile(f"the name of {path} is not UTF-8 (invalid bytes are shown as \\x…); rename the file")
        try:
            with path.open("rb") as file:
                fetched = spooled(_chunks(file), listed, self._max_bytes)
                if self._listed(str(path), os.fstat(file.fileno())) == self._listed(str(path), path.stat()) == listed:
                    return fetched
                fetched.content.close()
        except PermissionError:
            raise ObjectRefused(f"{path} cannot be read: permission denied; give the worker's user access") from None
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise ObjectChanged(f"{path} is no longer in the source; put it back if it is to be read") from None
        except StoreUnavailable:
            pass  # its size changed since it was listed
        except OSError as error:
            raise StoreUnavailable(f"{path} cannot be read: {error}") from error
        raise ObjectChanged(f"{path} changed while it was read; the next ingest lists it again")

    def _files(self, folder: str, selection: Selection, unreadable: set[str]) -> Iterator[tuple[str, os.stat_result]]:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if not is_hidden(entry.name):
                            yield from self._files(entry.path, selection, unreadable)
                    elif entry.is_file(follow_symlinks=False) and selection.takes(entry.name):
                        with suppress(FileNotFoundError):  # deleted during the listing
                            yield entry.path, entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            if folder == self.bucket:
                raise StoreUnusable(f"folder {folder} does not exist; check {self._setting}") from None
        except NotADirectoryError:
            raise StoreUnusable(f"{folder} is a file, not a folder; give its folder") from None
        except PermissionError:
            if folder == self.bucket:
                raise StoreUnusable(f"folder {folder} cannot be read: permission denied") from None
            unreadable.add(folder)

    def _listed(self, path: str, stat: os.stat_result) -> SourceObject:
        return SourceObject(
            key=self._key(path),
            etag=f"{stat.st_mtime_ns:x}-{stat.st_ino:x}-{stat.st_size:x}",
            size=stat.st_size,
            last_modified=datetime.fromtimestamp(stat.st_mtime, UTC),
        )

    def _key(self, path: str) -> str:
        return os.fsencode(path.removeprefix(self.bucket).lstrip("/")).decode("utf-8", "backslashreplace")


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
