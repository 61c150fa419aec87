"""A source in memory whose objects come and go while it is read, and ingests that die at any statement."""

import io
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import NullPool, create_engine, event

from app.errors import ObjectChanged
from app.jobs.context import Context
from app.source.protocol import Fetched, SourceObject
from tests.conftest import NOW
from tests.faults.validating import Content


def nothing() -> None:
    """What happens between listing and reading: nothing."""


@dataclass
class Store:
    """Current objects, former objects, and the last listing; read: keys that were downloaded, in order."""

    name: str = "sales"
    scheme: str = "memory"
    bucket: str = "sales"
    prefix: str = ""
    is_atomic: bool = True
    skipped: Mapping[str, int] = field(default_factory=dict)
    objects: dict[str, tuple[SourceObject, Content]] = field(default_factory=dict)
    earlier: dict[str, tuple[SourceObject, Content]] = field(default_factory=dict)
    shown: dict[str, tuple[SourceObject, Content]] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    ever: set[Content] = field(default_factory=set)
    seconds: int = 0
    listed: Callable[[], None] = nothing

    @property
    def standing(self) -> dict[str, Content]:
        return {key: content for key, (_, content) in self.objects.items()}

    def now(self) -> datetime:
        """A clock that advances by a second at each call."""
        self.seconds += 1
        return NOW + timedelta(seconds=self.seconds)

    def put(self, key: str, content: Content) -> None:
        self._keep(key)
        self.ever.add(content)
        listed = SourceObject(key, content.sha256[:32], len(content.data), self.now())
        self.objects[key] = (listed, content)

    def delete(self, key: str) -> None:
        self._keep(key)
        self.objects.pop(key, None)

    def move_back(self, key: str) -> None:
        """Restore the former object, unchanged."""
        if key in self.earlier:
            before = self.earlier[key]
            self._keep(key)
            self.objects[key] = before

    def move(self, number: int) -> None:
        """Store the objects in another bucket, whose etags and times differ."""
        self.bucket = f"bucket-{number}"
        self.earlier = {}
        for key, (listed, content) in self.objects.items():
            moved = replace(listed, etag=f"{listed.etag[:24]}-{number}", last_modified=self.now())
            self.objects[key] = (moved, content)

    def list(self) -> Iterator[SourceObject]:
        listed = [listed for _, (listed, _) in sorted(self.objects.items())]
        self.shown = dict(self.objects)
        self.listed()
        yield from listed

    def fetch(self, listed: SourceObject) -> Fetched:
        at, content = self.objects.get(listed.key, (None, Content("")))
        if at != listed:
            raise ObjectChanged(f"{listed.key} is not what it was")
        self.read.append(listed.key)
        return Fetched(io.BytesIO(content.data), content.sha256)

    @contextmanager
    def once_listed(self, happens: Callable[[], None]) -> Iterator[None]:
        """Let something happen between listing and reading."""
        self.listed = happens
        try:
            yield
        finally:
            self.listed = nothing

    def _keep(self, key: str) -> None:
        if key in self.objects:
            self.earlier[key] = self.objects[key]


class Died(BaseException):
    """The process has ended."""


READS = re.compile(r"(?:\s*--[^\n]*\n)*\s*(?:select|show|set)\b", re.IGNORECASE)


@dataclass
class Fuse:
    """Burns down by one with every statement that writes, or with every commit; then nothing is done any more.

    A death at a statement that reads leaves what a death at the next that writes leaves.
    """

    burns_with: str
    left: int
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def burn(self, event: str) -> None:
        with self._lock:
            self.left -= event == self.burns_with
            if self.left <= 0:
                raise Died


@contextmanager
def dying(context: Context, fuse: Fuse) -> Iterator[Context]:
    """The context with connections of its own, that die with the fuse."""
    options = {"options": "-c timezone=utc -c jit=off"}
    engine = create_engine(context.engine.url, poolclass=NullPool, connect_args=options)
    commit = engine.dialect.do_commit

    def committed(connection: Any) -> None:
        fuse.burn("statement")
        commit(connection)
        fuse.burn("commit")

    engine.dialect.do_commit = committed  # type: ignore[method-assign,assignment]

    def burn(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not READS.match(statement):
            fuse.burn("statement")

    event.listen(engine, "before_cursor_execute", burn)
    try:
        yield replace(context, engine=engine)
    finally:
        engine.dispose()
