"""Lake: objects by their names, in a folder or a bucket that several machines reach."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Protocol
from uuid import uuid4

from app.errors import Misconfigured, StoreUnavailable
from app.lake.folder_lake import FolderLake
from app.lake.s3_lake import S3Lake
from app.settings import Settings
from app.settings.stores import store_of
from app.source.s3 import make_client

NOT_SET: Final = "REGULARS_LAKE is not set; set it to a folder that all executors share, or to s3://bucket/prefix"


class Lake(Protocol):
    """Store of objects by their names; raises StoreUnusable or StoreUnavailable."""

    def write(self, name: str, content: IO[bytes]) -> None:
        """Write an object from the position of `content` on; an object of this name is replaced."""
        ...

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of an object; raises StoreUnusable if it is missing."""
        ...

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects; missing ones are not an error."""
        ...

    def names(self, before: datetime) -> list[str]:
        """Return the names of objects that were written before a time (UTC)."""
        ...


def open_lake(settings: Settings) -> Lake:
    """Open the lake of REGULARS_LAKE; raises Misconfigured if it is not set."""
    if not settings.lake:
        raise Misconfigured(NOT_SET)
    if store_of(settings.lake) is None:
        return FolderLake(Path(settings.lake))
    return S3Lake(make_client(settings), settings.lake)


def check_lake(lake: Lake, content: IO[bytes]) -> None:
    """Write, read and delete a probe; raises StoreUnusable or StoreUnavailable."""
    name = f"probe-{uuid4().hex}"
    lake.write(name, content)
    try:
        if not b"".join(lake.read(name)):
            raise StoreUnavailable("REGULARS_LAKE: a probe was written, but reading it returned nothing")
    finally:
        lake.delete([name])
