"""Upload of daily files to a bucket."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.errors import Misconfigured
from app.settings import Settings
from app.source.folder import FolderSource
from app.source.open import read_source_contract
from app.source.protocol import SourceObject
from app.source.s3 import S3Source, make_client, translate_s3_errors


@dataclass(frozen=True, slots=True)
class UploadCounts:
    """Result of an upload.

    Attributes:
        sent: number of uploaded files.
        unchanged: number of files that the bucket had already.
        size: uploaded bytes.
    """

    sent: int
    unchanged: int
    size: int


def upload(
    folder: Path,
    url: str,
    settings: Settings,
    day: date | None = None,
    progress: Callable[[SourceObject, bool], None] | None = None,
) -> UploadCounts:
    """Upload one day's files, or all, under s3://bucket/prefix, keeping their paths below `folder`.

    Files with unchanged content in the bucket are not sent again. `progress` is called with each file and whether it
    was sent. Raises Misconfigured if there is nothing to upload, StoreUnusable or StoreUnavailable if the store
    cannot be used.
    """
    suffixes = read_source_contract(settings).dialect.suffixes
    local = FolderSource(folder, suffixes=suffixes)
    files = [file for file in local.list() if day is None or day.isoformat() in file.key.split("/")[:-1]]
    if not files:
        raise Misconfigured(
            f"{folder} has no {' or '.join(suffixes)} file{f' of {day}' if day else ''}: give another folder or day."
        )
    client = make_client(settings)
    bucket = S3Source(client, url, suffixes=suffixes)
    present = {(item.key, item.etag) for item in bucket.list()}
    sent = size = 0
    for file in files:
        content = local.root / file.key
        is_new = (file.key, _etag(content)) not in present
        if is_new:
            key = bucket.prefix + file.key
            with translate_s3_errors(f"s3://{bucket.bucket}/{key}"), content.open("rb") as body:
                client.put_object(Bucket=bucket.bucket, Key=key, Body=body)
            sent, size = sent + 1, size + file.size
        if progress is not None:
            progress(file, is_new)
    return UploadCounts(sent, len(files) - sent, size)


def _etag(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
