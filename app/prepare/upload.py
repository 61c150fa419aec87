"""Puts daily files into a bucket, where the worker finds them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.errors import Misconfigured
from app.settings import Settings
from app.source.folder import FolderSource
from app.source.protocol import SourceObject
from app.source.s3 import S3Source, make_client, translated


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Files put into the bucket, files that were there already, and the bytes sent."""

    sent: int
    unchanged: int
    size: int


def upload(
    folder: Path,
    url: str,
    settings: Settings,
    day: date | None = None,
    progress: Callable[[SourceObject, bool], None] | None = None,
) -> Uploaded:
    """Upload one day's files, or all, under s3://bucket/prefix, keeping their paths below `folder`.

    What the bucket holds already, byte for byte, is not sent again, so that a second upload costs a listing.
    Raises Misconfigured where there is nothing to upload, SourceUnreachable or StoreUnavailable by the store.
    """
    local = FolderSource(folder)
    files = [file for file in local.list() if day is None or day.isoformat() in file.key.split("/")[:-1]]
    if not files:
        raise Misconfigured(f"{folder} holds no .csv or .csv.gz file{f' of {day}' if day else ''}; nothing to upload")
    client = make_client(settings)
    bucket = S3Source(client, url)
    present = {(item.key, item.etag) for item in bucket.list()}
    sent = size = 0
    for file in files:
        content = local.root / file.key
        is_new = (file.key, _etag(content)) not in present
        if is_new:
            key = bucket.prefix + file.key
            with translated(f"s3://{bucket.bucket}/{key}"), content.open("rb") as body:
                client.put_object(Bucket=bucket.bucket, Key=key, Body=body)
            sent, size = sent + 1, size + file.size
        if progress is not None:
            progress(file, is_new)
    return Uploaded(sent, len(files) - sent, size)


def _etag(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
