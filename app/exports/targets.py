"""Where exports are written to: a bucket or a folder behind one protocol."""

from pathlib import Path
from typing import Protocol

from app.errors import Misconfigured
from app.exports.folder import FolderTarget
from app.exports.s3 import S3Target
from app.settings import Settings
from app.source.s3 import make_client


class Sink(Protocol):
    """An object under way, of which nothing can be seen before `finish`."""

    def write(self, content: bytes) -> None:
        """Go on with these bytes; raises StoreUnavailable or SourceUnreachable, as all here do."""
        ...

    def finish(self) -> str | None:
        """Make the whole visible at once; its version where the store keeps several."""
        ...

    def abort(self) -> None:
        """Leave nothing of it, unless it is finished."""
        ...


class Target(Protocol):
    """A place for objects; `url` names it, and can be opened again."""

    url: str

    def begin(self, key: str, media_type: str) -> Sink:
        """Start an object."""
        ...

    def remove(self, key: str, version_id: str | None) -> None:
        """Delete an object, and what stands under its key half-written; there may be neither."""
        ...


def open_target(url: str | None, settings: Settings) -> Target:
    """The place that a URL names; raises Misconfigured."""
    if not url:
        raise Misconfigured("no place for exports is set; give REGULARS_EXPORT_TARGET: s3://bucket/prefix or a folder")
    if url.lower().startswith("s3://"):
        return S3Target(make_client(settings), url)
    return FolderTarget(Path(url))
