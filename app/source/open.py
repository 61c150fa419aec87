"""From a name to a source."""

from pathlib import Path

from app.errors import Misconfigured
from app.settings import Settings
from app.source.folder import FolderSource
from app.source.protocol import Source
from app.source.s3 import S3Source, make_client


def open_source(settings: Settings) -> Source:
    """The source that the settings name; raises Misconfigured where they name none."""
    if not settings.source:
        raise Misconfigured("no source is set; give --source or REGULARS_SOURCE: s3://bucket/prefix or a folder")
    if settings.source.lower().startswith("s3://"):
        return S3Source(make_client(settings), settings.source)
    return FolderSource(Path(settings.source))
