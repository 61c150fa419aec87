"""A local folder that exports are written to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import SourceUnreachable, StoreUnavailable


class FolderTarget:
    """Files below a folder; `url` is its path."""

    def __init__(self, root: Path) -> None:
        self._root = root.expanduser().absolute()
        self.url = str(self._root)

    def begin(self, key: str, media_type: str) -> "FileSink":  # noqa: ARG002  # a file has no type
        """Start a file under a name that nobody looks for."""
        path = self._root / key
        with _translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            return FileSink(path)

    def remove(self, key: str, version_id: str | None) -> None:  # noqa: ARG002  # a file has no versions
        """Delete a file, and what was begun of it."""
        path = self._root / key
        with _translated(path):
            path.unlink(missing_ok=True)
            _begun(path).unlink(missing_ok=True)


class FileSink:
    """A file that gets its name when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _begun(path).open("wb")

    def write(self, content: bytes) -> None:
        """Go on with these bytes."""
        with _translated(self._path):
            self._file.write(content)

    def finish(self) -> None:
        """Rename it, once it is on the disk."""
        with _translated(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            _begun(self._path).replace(self._path)

    def abort(self) -> None:
        """Delete what was begun."""
        with _translated(self._path):
            self._file.close()
            _begun(self._path).unlink(missing_ok=True)


def _begun(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise SourceUnreachable(f"{path} cannot be written: permission denied; check REGULARS_EXPORT_TARGET") from None
    except (NotADirectoryError, FileExistsError):
        raise SourceUnreachable(f"{path}: a file stands where a folder should; check REGULARS_EXPORT_TARGET") from None
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error}") from error
