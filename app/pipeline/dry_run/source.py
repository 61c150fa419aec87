"""Source of a dry run: the files below some folders, and single files."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.contract.model import SourceContract
from app.errors import SourceUnreachable
from app.source.folder import FolderSource
from app.source.protocol import FILE_SCHEME, Fetched, SourceObject


class PathsSource:
    """Files below several folders, and files that are named by their paths, whatever their suffix.

    Keys begin below the innermost folder that has all of them. Raises SourceUnreachable for a missing path.
    """

    scheme = FILE_SCHEME
    prefix = ""
    is_atomic = False

    def __init__(self, paths: Sequence[Path], source_contract: SourceContract) -> None:
        missing = next((path for path in paths if not path.exists()), None)
        if missing is not None:
            raise SourceUnreachable(f"{missing} does not exist; give folders or files of sales")
        self._paths = sorted({path.resolve() for path in paths})
        folders = [path if path.is_dir() else path.parent for path in self._paths]
        self._root = Path(os.path.commonpath(folders))
        self._options = (source_contract.server.name, source_contract.dialect.suffixes, source_contract.max_bytes)
        self._whole = FolderSource(self._root, *self._options)
        self.name = source_contract.server.name
        self.skipped: Counter[str] = Counter()
        self.bucket = self._whole.bucket

    def list(self) -> Iterator[SourceObject]:
        """Yield the files in the order of their paths, each once."""
        seen: set[str] = set()
        self.skipped = Counter()
        for path in self._paths:
            for listed in self._below(path):
                if listed.key not in seen:
                    seen.add(listed.key)
                    yield listed

    def fetch(self, listed: SourceObject) -> Fetched:
        """Return the bytes of a file; see Source.fetch."""
        return self._whole.fetch(listed)

    def _below(self, path: Path) -> Iterator[SourceObject]:
        if path.is_dir():
            folder = path.relative_to(self._root)
            source = FolderSource(path, *self._options)
            for listed in source.list():
                yield replace(listed, key=(folder / listed.key).as_posix())
            self.skipped += source.skipped
        else:
            yield self._whole.find(path.relative_to(self._root).as_posix())
