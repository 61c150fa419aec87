"""Protocol of a source of sales files: list objects, fetch the listed version of an object."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol

from app.contract.model import Server
from app.errors import BrokenFile, LocalStorageUnavailable, StoreUnavailable
from app.source.content_hash import MAX_BYTES, ContentHash

IN_MEMORY_BYTES = 8 * 1024**2
FILE_SCHEME = "file"
SOURCE_SETTING = "--source or REGULARS_SOURCE"
"""Option and setting with the location of a source that has none in the contract."""


@dataclass(frozen=True, slots=True)
class SourceObject:
    """One listed version of an object.

    Attributes:
        key: path below the prefix of the source.
        etag: opaque tag that changes with the content.
        size: bytes.
        last_modified: UTC.
        version_id: version in a bucket with versioning, else None.
        archive: the listed archive whose member this is; None for an object of its own.
    """

    key: str
    etag: str
    size: int
    last_modified: datetime
    version_id: str | None = None
    archive: "SourceObject | None" = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """Verified bytes of one object version.

    Attributes:
        content: the bytes, at position 0; closed by the caller.
        sha256: SHA-256 in hex of the bytes, after decompression if they are gzip.
    """

    content: IO[bytes]
    sha256: str


class Source(Protocol):
    """A named location of daily sales files.

    A new kind of store is a class with these members; `app.settings.stores` says where it is registered.

    Attributes:
        name: logical name; name and key identify a file independently of the source's location.
        scheme: that of its registered store, such as `s3`, or `file` for a folder.
        bucket: name of the bucket, or absolute path of the folder.
        prefix: start of every key in the bucket, empty or with a slash at its end.
        is_atomic: whether an object is listed only after it is written completely.
        skipped: number of the objects of the last listing that are not read, by suffix; complete after its
            last object. Hidden objects are not counted.
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

    @property
    def skipped(self) -> Mapping[str, int]: ...  # noqa: D102

    def list(self) -> Iterator[SourceObject]:
        """Yield all objects below the prefix that are sales files, by the suffixes of the source.

        Raises StoreUnusable or StoreUnavailable; FoldersUnreadable after the last object.
        """
        ...

    def fetch(self, listed: SourceObject) -> Fetched:
        """Return the bytes of the listed version.

        Raises ObjectChanged if that version no longer exists, ObjectRefused if access to the object is denied,
        BrokenFile if its name is not UTF-8, or if it is gzip and too large after decompression,
        LocalStorageUnavailable if the temporary disk is full, StoreUnusable or StoreUnavailable if the store cannot be
        used.
        """
        ...


def location(source: Source) -> str:
    """Return the address that precedes every key: `s3://bucket/prefix/`, or the path of a folder."""
    root = source.bucket.rstrip("/") if source.scheme == FILE_SCHEME else f"{source.scheme}://{source.bucket}"
    return f"{root}/{source.prefix}"


def spooled(chunks: Iterator[bytes], listed: SourceObject, max_bytes: int = MAX_BYTES) -> Fetched:
    """Collect chunks in memory or, above 8 MB, in a temporary file; max_bytes: largest gzip file after decompression.

    Raises BrokenFile for a larger gzip file, before all of it is read, StoreUnavailable if the size differs from the
    listing, LocalStorageUnavailable if the disk is full.
    """
    digest, size = ContentHash(listed.key, max_bytes), 0
    with ExitStack() as failing:
        content = failing.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES))
        for chunk in chunks:
            digest.update(chunk)
            if digest.is_too_large:
                raise BrokenFile(f"more than {max_bytes:,} bytes after decompression; see REGULARS_MAX_OBJECT_BYTES")
            try:
                content.write(chunk)
            except OSError as error:
                failing.pop_all()
                with suppress(OSError):  # closing writes the rest, which fails again
                    content.close()
                raise _not_spooled(listed, error) from error
            size += len(chunk)
        if size != listed.size:
            raise StoreUnavailable(
                f"{listed.key}: {size:,} of {listed.size:,} bytes arrived; the next ingest reads the file again"
            )
        content.seek(0)
        failing.pop_all()  # the caller closes it
    return Fetched(content, digest.hexdigest())


def _not_spooled(listed: SourceObject, error: OSError) -> LocalStorageUnavailable:
    return LocalStorageUnavailable(
        f"{listed.key}: no temporary file can be written in {tempfile.gettempdir()} of this machine: {error.strerror}; "
        "free space there, or set TMPDIR to a larger directory"
    )


def location_setting(server: Server) -> str:
    """Return the contract key with the location of a server, or the option and setting where it has none."""
    return SOURCE_SETTING if server.location is None else f"servers.{server.name}.location of the contract"
