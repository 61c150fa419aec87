"""Source in memory: the smallest implementation of the protocol."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from app.contract.model import DEFAULT_SUFFIXES
from app.errors import ObjectChanged
from app.source.protocol import Fetched, SourceObject, spooled
from app.source.selection import Selection

WRITTEN = datetime(2026, 2, 1, tzinfo=UTC)


@dataclass
class MemorySource:
    """Objects by key."""

    objects: dict[str, bytes] = field(default_factory=dict)
    name: str = "sales"
    scheme: str = "memory"
    bucket: str = "sales"
    prefix: str = ""
    is_atomic: bool = True
    suffixes: tuple[str, ...] = DEFAULT_SUFFIXES
    skipped: Counter[str] = field(default_factory=Counter)

    def list(self) -> Iterator[SourceObject]:
        selection = Selection(self.suffixes)
        self.skipped = selection.skipped
        for key, content in sorted(self.objects.items()):
            if selection.takes(key):
                yield SourceObject(key, sha256(content).hexdigest()[:32], len(content), WRITTEN)

    def fetch(self, listed: SourceObject) -> Fetched:
        if listed not in self.list():
            raise ObjectChanged(f"{listed.key} changed since it was listed")
        return spooled(iter([self.objects[listed.key]]), listed)
