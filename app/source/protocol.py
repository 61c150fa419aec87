"""Protocol of a source of sales: list its objects, and fetch each as it was listed."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol

from app.errors import LocalStorageUnavailable, StoreUnavailable

IN_MEMORY_BYTES = 8 * 1024**2
SUFFIXES = (".csv", ".csv.gz")
FILE_SCHEME = "file"


@dataclass(frozen=True, slots=True)
class SourceObject:
    """One version of one object, as the listing shows it.

    Attributes:
        key: path below the prefix of the source.
        etag: changes with the content; compared, never interpreted.
        size: bytes.
        last_modified: UTC.
        version_id: version in a bucket that keeps versions, else None.
    """

    key: str
    etag: str
    size: int
    last_modified: datetime
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """Verified bytes of one object version.

    Attributes:
        content: the bytes, at position 0; closed by the caller.
        sha256: their SHA-256 in hex.
    """

    content: IO[bytes]
    sha256: str


class Source(Protocol):
    """A named place of daily sales files. A further kind of store is one class with these members.

    Attributes:
        name: logical name; with the key it identifies a file wherever the source is stored.
        scheme: `s3`, or `file` for a folder.
        bucket: name of the bucket, or absolute path of the folder.
        prefix: start of every key in the bucket, empty or with a slash at its end.
        is_atomic: whether an object appears only when it is written completely.
    """

    @property
    def name(self) -> str: ...  # noqa: D102  # described above

    @property
    def scheme(self) -> str: ...  # noqa: D102

    @property
    def bucket(self) -> str: ...  # noqa: D102

    @property
    def prefix(self) -> str: ...  # noqa: D102

    @property
    def is_atomic(self) -> bool: ...  # noqa: D102

    def list(self) -> Iterator[SourceObject]:
        """Yield every object below the prefix whose key ends in .csv or .csv.gz.

        Raises SourceUnreachable or StoreUnavailable; FoldersUnreadable after everything else has been listed.
        """
        ...

    def fetch(self, listed: SourceObject) -> Fetched:
        """Return the bytes of exactly the listed version.

        Raises ObjectChanged if that version no longer exists, ObjectRefused if this object cannot be read, BrokenFile
        if its name is not UTF-8, LocalStorageUnavailable, and SourceUnreachable or StoreUnavailable for the store as
        a whole.
        """
        ...


def location(source: Source) -> str:
    """Return the address that precedes every key: `s3://bucket/prefix/`, or the path of a folder."""
    root = source.bucket.rstrip("/") if source.scheme == FILE_SCHEME else f"{source.scheme}://{source.bucket}"
    return f"{root}/{source.prefix}"


def is_sales(key: str) -> bool:
    """Return whether a key is that of a sales file."""
    return key.lower().endswith(SUFFIXES)


def spooled(chunks: Iterator[bytes], listed: SourceObject) -> Fetched:
    """Collect chunks in memory or, beyond 8 MB, in a temporary file.

    Raises StoreUnavailable if they are fewer or more bytes than listed, LocalStorageUnavailable if the disk is full.
    """
    digest, size = hashlib.sha256(), 0
    with ExitStack() as failing:
        content = failing.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES))
        for chunk in chunks:
            digest.update(chunk)
            try:
                content.write(chunk)
            except OSError as error:
                failing.pop_all()
                with suppress(OSError):  # closing writes the rest, which fails again
                    content.close()
                raise _not_spooled(listed, error) from error
            size += len(chunk)
        if size != listed.size:
            raise StoreUnavailable(f"{listed.key}: {size:,} of {listed.size:,} bytes arrived; it will be read again")
        content.seek(0)
        failing.pop_all()  # the caller closes it
    return Fetched(content, digest.hexdigest())


def _not_spooled(listed: SourceObject, error: OSError) -> LocalStorageUnavailable:
    return LocalStorageUnavailable(
        f"{listed.key}: no temporary file can be written in {tempfile.gettempdir()} of this machine: {error.strerror}; "
        "free space there, or set TMPDIR to a larger directory"
    )
