"""The protocol of a source: what can be listed, and read as it was listed."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol

from app.errors import StoreUnavailable

IN_MEMORY = 8 * 1024**2
SUFFIXES = (".csv", ".csv.gz")


@dataclass(frozen=True, slots=True)
class SourceObject:
    """One version of one object, as the listing shows it. size: bytes; last_modified: UTC."""

    bucket: str
    key: str
    etag: str
    size: int
    last_modified: datetime
    version_id: str | None = None

    @property
    def name(self) -> str:
        """What a person would call it: s3://bucket/key, or a path."""
        return f"{self.bucket}/{self.key}" if self.bucket.startswith("/") else f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """The verified bytes of one object version, at position 0, and their SHA-256 in hex."""

    content: IO[bytes]
    sha256: str


class Source(Protocol):
    """Where sales come from: bucket is the bucket's name, or the path of a folder."""

    @property
    def bucket(self) -> str:
        """The bucket of everything listed."""
        ...

    def list(self) -> Iterator[SourceObject]:
        """Every object under the prefix whose key ends in .csv or .csv.gz; raises SourceUnreachable."""
        ...

    def fetch(self, listed: SourceObject) -> Fetched:
        """The bytes of exactly the listed version; raises ObjectChanged where it is gone."""
        ...


def is_sales(key: str) -> bool:
    """Whether a key is one that counts."""
    return key.lower().endswith(SUFFIXES)


def spooled(chunks: Iterator[bytes], listed: SourceObject) -> Fetched:
    """Keep the chunks in memory or, beyond 8 MB, in a temporary file; raises StoreUnavailable where they fall short."""
    digest, size = hashlib.sha256(), 0
    with ExitStack() as failing:
        content = failing.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))
        for chunk in chunks:
            digest.update(chunk)
            content.write(chunk)
            size += len(chunk)
        if size != listed.size:
            raise StoreUnavailable(f"{listed.key}: {size:,} of {listed.size:,} bytes arrived; it will be read again")
        content.seek(0)
        failing.pop_all()  # handed on, closed by its reader
    return Fetched(content, digest.hexdigest())
