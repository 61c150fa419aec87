"""Reader of objects and of members of archives, which opens an archive once for many members."""

from collections import OrderedDict
from dataclasses import replace
from threading import Lock
from types import TracebackType
from typing import Final, Self

from app.source.archive import OpenArchive
from app.source.content_hash import MAX_BYTES
from app.source.protocol import Fetched, Source, SourceObject

MOST_OPEN: Final = 4
"""Archives that are open at a time: one for each batch that is loaded, and a next one."""


class ArchiveReader:
    """Context manager that fetches objects of one source, and members of its archives; used by several threads.

    Attributes:
        source: the source of the objects and archives.
    """

    def __init__(self, source: Source, max_bytes: int = MAX_BYTES) -> None:
        self.source = source
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._open: OrderedDict[SourceObject, OpenArchive] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def fetch(self, listed: SourceObject) -> Fetched:
        """Return the bytes of an object, or of a member of the listed version of its archive; see Source.fetch.

        Raises BrokenFile for a member that is corrupt.
        """
        if listed.archive is None:
            return self.source.fetch(listed)
        member = replace(listed, key=listed.key.removeprefix(f"{listed.archive.key}/"), archive=None)
        with self._lock:
            return self._opened(listed.archive).fetch(member)

    def _opened(self, archive: SourceObject) -> OpenArchive:
        if archive not in self._open:
            content = self.source.fetch(archive).content
            try:
                self._open[archive] = OpenArchive(content, archive.key, self._max_bytes)
            except BaseException:
                content.close()
                raise
        self._open.move_to_end(archive)
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)[1].close()
        return self._open[archive]
