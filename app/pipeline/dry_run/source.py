"""Sources of a dry run: the files below some folders, single files, or the newest files of a source."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.contract.model import Server, SourceContract
from app.errors import FoldersUnreadable, Misconfigured, StoreUnusable
from app.source.folder import FolderSource
from app.source.open import DeclaredSources
from app.source.protocol import FILE_SCHEME, Fetched, Source, SourceObject


class PathsSource:
    """Files below several folders, and files that are named by their paths, whatever their suffix.

    Keys begin below the innermost folder that has all of them. Raises StoreUnusable for a missing path.
    """

    scheme = FILE_SCHEME
    prefix = ""
    is_atomic = False

    def __init__(self, paths: Sequence[Path], source_contract: SourceContract) -> None:
        missing = next((path for path in paths if not path.exists()), None)
        if missing is not None:
            raise StoreUnusable(f"{missing} does not exist; give folders or files of sales")
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


class NewestFiles:
    """The newest files of another source, by the times of their last change; number: how many."""

    def __init__(self, source: Source, number: int) -> None:
        self._source, self._number = source, number
        self.name, self.scheme, self.bucket, self.prefix = source.name, source.scheme, source.bucket, source.prefix
        self.is_atomic = source.is_atomic

    @property
    def skipped(self) -> Mapping[str, int]:
        """Numbers of objects that are not sales files, of the whole source; see Source."""
        return self._source.skipped

    def list(self) -> Iterator[SourceObject]:
        """Yield the newest files, the oldest of them first."""
        found: list[SourceObject] = []
        unreadable = None
        try:
            for listed in self._source.list():
                found.append(listed)  # noqa: PERF402  # objects listed before an error are kept
        except FoldersUnreadable as error:
            unreadable = error
        yield from sorted(found, key=lambda listed: (listed.last_modified, listed.key))[-self._number :]
        if unreadable is not None:
            raise unreadable

    def fetch(self, listed: SourceObject) -> Fetched:
        """Return the bytes of a file; see Source.fetch."""
        return self._source.fetch(listed)


def sources_of(
    paths: Sequence[Path], declared: DeclaredSources, server: str | None = None
) -> list[tuple[Source, SourceContract]]:
    """Return the files of these paths by the server that reads them.

    A path in the location of a server belongs to that server, a folder of several locations to each of their servers,
    and any other path to the server without a location, or to the only one.

    Args:
        server: name of the server that reads all paths.

    Raises Misconfigured for an unknown server, or a path that belongs to none, StoreUnusable for a missing path.
    """
    found: dict[str, list[Path]] = {}
    servers = {each.name: each for each in declared.contract.servers if server in {None, each.name}}
    for path in paths:
        parts = _parts(path, [*servers.values()])
        if not parts:
            names = ", ".join(each.name for each in declared.contract.servers)
            raise Misconfigured(f"{path}: the contract has the servers {names}; choose one with --server")
        for part, owner in parts:
            found.setdefault(owner.name, []).append(part)
    chosen = [(name, SourceContract(declared.contract, servers[name], declared.max_bytes)) for name in found]
    return [(PathsSource(found[name], source_contract), source_contract) for name, source_contract in chosen]


def _parts(path: Path, servers: Sequence[Server]) -> list[tuple[Path, Server]]:
    if len(servers) == 1:
        return [(path, servers[0])]
    local = [(Path(each.location).resolve(), each) for each in servers if each.location and "://" not in each.location]
    owners = [(path, each) for location, each in local if path.resolve().is_relative_to(location)]
    others = [(path, each) for each in servers if each.location is None]
    within = [(location, each) for location, each in local if location.is_relative_to(path.resolve())]
    return owners or (others if others and not within else []) or ([] if others else within)
