"""Targets of exports: protocol, and factory for S3 buckets and folders."""

from pathlib import Path
from typing import Protocol

from app.errors import Misconfigured
from app.exports.folder_target import FolderTarget
from app.exports.s3_target import DEFAULT_PART_BYTES, S3Target
from app.settings import Settings
from app.source.s3 import make_client


class Sink(Protocol):
    """Object being written, invisible before `finish`. Methods raise StoreUnavailable or StoreUnusable."""

    def write(self, content: bytes) -> None:
        """Append bytes."""
        ...

    def finish(self) -> str | None:
        """Make the object visible; return its version id, None in a store without versions."""
        ...

    def abort(self) -> None:
        """Delete the object, unless it is finished."""
        ...


class Target(Protocol):
    """Store for objects; `url` is its address for `open_target`."""

    url: str

    def begin(self, key: str, media_type: str) -> Sink:
        """Start an object."""
        ...

    def remove(self, key: str, version_id: str | None) -> None:
        """Delete an object and its unfinished parts; missing objects are not an error."""
        ...


def open_target(url: str | None, settings: Settings, part_bytes: int = DEFAULT_PART_BYTES) -> Target:
    """Open the target of a URL; raises Misconfigured.

    Args:
        url: s3://bucket/prefix, or a folder.
        settings: endpoint and credentials of S3.
        part_bytes: size of a part of an S3 upload, 5 MiB or more.
    """
    if not url:
        raise Misconfigured("no export target is set; set REGULARS_EXPORT_TARGET to s3://bucket/prefix or a folder")
    if url.lower().startswith("s3://"):
        return S3Target(make_client(settings), url, part_bytes)
    return FolderTarget(Path(url))
