"""Source in memory: the smallest implementation of the protocol."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from app.errors import ObjectChanged
from app.source.protocol import Fetched, SourceObject, is_sales

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

    def list(self) -> Iterator[SourceObject]:
        for key, content in sorted(self.objects.items()):
            if is_sales(key):
                yield SourceObject(key, sha256(content).hexdigest()[:32], len(content), WRITTEN)

    def fetch(self, listed: SourceObject) -> Fetched:
        if listed not in self.list():
            raise ObjectChanged(f"{listed.key} changed since it was listed")
        content = self.objects[listed.key]
        return Fetched(io.BytesIO(content), sha256(content).hexdigest())
