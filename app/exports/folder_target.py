"""Folder as a target of exports: files are written under a hidden name and renamed when complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import StoreUnavailable, StoreUnusable


class FolderTarget:
    """Files below a folder; `url` is its path."""

    def __init__(self, root: Path) -> None:
        self._root = root.expanduser().absolute()
        self.url = str(self._root)

    def begin(self, key: str, media_type: str) -> "FileSink":  # noqa: ARG002  # a file has no type
        """Start a file under a hidden name."""
        path = self._root / key
        with _translate_os_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            return FileSink(path)

    def remove(self, key: str, version_id: str | None) -> None:  # noqa: ARG002  # a file has no versions
        """Delete a file, complete or unfinished."""
        path = self._root / key
        with _translate_os_errors(path):
            path.unlink(missing_ok=True)
            _partial(path).unlink(missing_ok=True)


class FileSink:
    """File being written under a hidden name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _partial(path).open("wb")

    def write(self, content: bytes) -> None:
        """Append bytes."""
        with _translate_os_errors(self._path):
            self._file.write(content)

    def finish(self) -> None:
        """Flush the file to disk and rename it."""
        with _translate_os_errors(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            _partial(self._path).replace(self._path)

    def abort(self) -> None:
        """Delete the unfinished file."""
        with _translate_os_errors(self._path):
            self._file.close()
            _partial(self._path).unlink(missing_ok=True)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


@contextmanager
def _translate_os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise StoreUnusable(
            f"{path} cannot be written: permission denied; make the folder of REGULARS_EXPORT_TARGET writable"
        ) from None
    except (NotADirectoryError, FileExistsError):
        raise StoreUnusable(
            f"{path} cannot be written: a parent is a file; set REGULARS_EXPORT_TARGET to a folder"
        ) from None
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror or error}") from error
