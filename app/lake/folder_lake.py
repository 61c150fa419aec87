"""Folder as a lake."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from app.errors import StoreUnavailable, StoreUnusable

CHUNK_BYTES: Final = 1024**2
PRIVATE: Final = 0o700
OWN: Final = "regulars-parts"
"""Folder below the configured one, so that no file of others is ever swept."""


class FolderLake:
    """Files in a folder that all processes share; root: the configured folder.

    Names have no slash: a folder that one process removes is never one that another is about to write to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._root = root.expanduser().absolute() / OWN

    def write(self, name: str, content: IO[bytes]) -> None:
        """Write a file; see Lake.write."""
        path = self._root / name
        with _translate_os_errors(path):
            path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            with path.open("wb") as file:
                shutil.copyfileobj(content, file, CHUNK_BYTES)

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file; see Lake.read."""
        path = self._root / name
        with _translate_os_errors(path), path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; see Lake.delete."""
        for name in names:
            path = self._root / name
            with _translate_os_errors(path):
                path.unlink(missing_ok=True)

    def names(self, before: datetime) -> list[str]:
        """Return the names of files last changed before a time; see Lake.names."""
        with _translate_os_errors(self._root):
            found = list(self._root.iterdir()) if self._root.is_dir() else []
        return sorted(path.name for path in found if _changed(path) < before)


def _changed(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:  # deleted since it was listed
        return datetime.max.replace(tzinfo=UTC)


@contextmanager
def _translate_os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise StoreUnusable(
            f"{path} is missing; REGULARS_LAKE has to be a folder that the executors and this process share, or "
            "s3://bucket/prefix"
        ) from None
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise StoreUnusable(f"{path}: {error.strerror}; set REGULARS_LAKE to a writable folder") from None
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror or error}; check REGULARS_LAKE") from error
