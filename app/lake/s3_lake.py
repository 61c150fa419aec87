"""Prefix of a bucket as a lake."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, TYPE_CHECKING, Final

from app.errors import ObjectChanged, StoreUnusable
from app.source.s3 import split_url, translate_s3_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK_BYTES: Final = 1024**2
MOST_DELETED: Final = 1_000
"""Keys of one request."""
OWN: Final = "regulars-parts/"
SETTING: Final = "REGULARS_LAKE"


class S3Lake:
    """Objects below a prefix; url: s3://bucket/prefix."""

    def __init__(self, client: "S3Client", url: str) -> None:
        self._client = client
        self._bucket, prefix = split_url(url)
        self._prefix = f"{prefix}{OWN}"
        self._address = f"s3://{self._bucket}/{self._prefix}"

    def write(self, name: str, content: IO[bytes]) -> None:
        """Upload an object; see Lake.write."""
        with translate_s3_errors(f"{self._address}{name}", SETTING):
            self._client.upload_fileobj(content, self._bucket, f"{self._prefix}{name}")

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of an object; see Lake.read."""
        try:
            with translate_s3_errors(f"{self._address}{name}", SETTING):
                answer = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}{name}")
                yield from answer["Body"].iter_chunks(CHUNK_BYTES)
        except ObjectChanged:
            raise StoreUnusable(
                f"{self._address}{name} is missing; check {SETTING} and the lifecycle rules of the bucket"
            ) from None

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects; see Lake.delete."""
        keys = [f"{self._prefix}{name}" for name in names]
        for first in range(0, len(keys), MOST_DELETED):
            some = keys[first : first + MOST_DELETED]
            with translate_s3_errors(self._address, SETTING):
                self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in some], "Quiet": True}
                )

    def names(self, before: datetime) -> list[str]:
        """Return the names of objects written before a time; see Lake.names."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        with translate_s3_errors(self._address, SETTING):
            listed = [item for page in pages for item in page.get("Contents", [])]
        return [item["Key"].removeprefix(self._prefix) for item in listed if item["LastModified"] < before]
