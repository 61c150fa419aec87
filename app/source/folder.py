"""A local folder as a source."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import IO

from app.errors import BrokenFile, ObjectChanged, SourceUnreachable, StoreUnavailable
from app.source.protocol import Fetched, SourceObject, is_sales, spooled

CHUNK = 1024**2


class FolderSource:
    """Every .csv and .csv.gz file below a folder; links that lead out of it are not followed."""

    def __init__(self, root: Path) -> None:
        try:
            self.root = root.expanduser().resolve()
        except RuntimeError as error:  # no such user's home, or a loop of links
            raise SourceUnreachable(f"folder {root} cannot be found: {error}; check --source") from None
        self.bucket = str(self.root)
        self._unnamed: set[str] = set()

    def list(self) -> Iterator[SourceObject]:
        """Files in the order of their keys; raises SourceUnreachable for a folder we cannot read."""
        for path, stat in sorted(self._files(self.bucket), key=itemgetter(0)):
            seen = self._seen(path, stat)
            if not path.endswith(seen.key):
                self._unnamed.add(seen.key)
            yield seen

    def fetch(self, listed: SourceObject) -> Fetched:
        """The file's bytes; raises ObjectChanged where it was touched since it was listed, StoreUnavailable.

        Raises BrokenFile for a name that is not UTF-8.
        """
        path = self.root / listed.key
        if listed.key in self._unnamed:
            raise BrokenFile(f"the name of {path} is not UTF-8 (its odd bytes are shown as \\x…); rename the file")
        try:
            with path.open("rb") as file:
                fetched = spooled(_chunks(file), listed)
                if self._seen(str(path), os.fstat(file.fileno())) == self._seen(str(path), path.stat()) == listed:
                    return fetched
                fetched.content.close()
        except PermissionError:
            raise SourceUnreachable(f"{path} cannot be read: permission denied") from None
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError, StoreUnavailable):
            pass  # gone, or longer or shorter than a moment ago
        except OSError as error:
            raise StoreUnavailable(f"{path} cannot be read: {error}") from error
        raise ObjectChanged(f"{path} changed while it was read; it will be listed again")

    def _files(self, folder: str) -> Iterator[tuple[str, os.stat_result]]:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        yield from self._files(entry.path)
                    elif is_sales(entry.name) and entry.is_file(follow_symlinks=False):
                        with suppress(FileNotFoundError):  # deleted since: as if it had been deleted before
                            yield entry.path, entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            raise SourceUnreachable(f"folder {folder} does not exist; check --source") from None
        except NotADirectoryError:
            raise SourceUnreachable(f"{folder} is a file, not a folder; give the folder that holds it") from None
        except PermissionError:
            raise SourceUnreachable(f"folder {folder} cannot be read: permission denied") from None

    def _seen(self, path: str, stat: os.stat_result) -> SourceObject:
        return SourceObject(
            bucket=self.bucket,
            key=_text(path.removeprefix(self.bucket).lstrip("/")),
            etag=f"{stat.st_mtime_ns:x}-{stat.st_ino:x}-{stat.st_size:x}",
            size=stat.st_size,
            last_modified=datetime.fromtimestamp(stat.st_mtime, UTC),
        )


def _text(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
