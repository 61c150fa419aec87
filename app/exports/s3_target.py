"""S3 target of exports: multipart uploads that become visible when they are completed."""

from typing import TYPE_CHECKING, Final

from app.errors import ObjectChanged
from app.source.s3 import split_url, translate_s3_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

DEFAULT_PART_BYTES: Final = 8 * 1024**2
SETTING: Final = "REGULARS_EXPORT_TARGET"


class S3Target:
    """Objects under a prefix of a bucket."""

    def __init__(self, client: "S3Client", url: str, part_bytes: int = DEFAULT_PART_BYTES) -> None:
        self._client, self.url, self._part_bytes = client, url, part_bytes
        self._bucket, self._prefix = split_url(url)

    def begin(self, key: str, media_type: str) -> "S3Sink":
        """Start an object."""
        return S3Sink(self._client, self._bucket, self._prefix + key, media_type, self._part_bytes)

    def remove(self, key: str, version_id: str | None) -> None:
        """Delete an object, or its version in a bucket with versions, and unfinished uploads of its key."""
        key = self._prefix + key
        with translate_s3_errors(f"s3://{self._bucket}/{key}", SETTING):
            version_id = version_id or self._newest(key)
            if version_id:
                self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version_id)
            else:
                self._client.delete_object(Bucket=self._bucket, Key=key)
            for page in self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=key):
                for upload in page.get("Uploads", []):
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )

    def _newest(self, key: str) -> str | None:
        try:
            with translate_s3_errors(key, SETTING):
                return self._client.head_object(Bucket=self._bucket, Key=key).get("VersionId")
        except ObjectChanged:
            return None


class S3Sink:
    """Object being uploaded, with at most one part in memory; an object of one part is sent by one PUT."""

    def __init__(self, client: "S3Client", bucket: str, key: str, media_type: str, part_bytes: int) -> None:
        self._part_bytes = part_bytes
        self._client, self._bucket, self._key, self._media_type = client, bucket, key, media_type
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[CompletedPartTypeDef] = []
        self._name = f"s3://{bucket}/{key}"

    def write(self, content: bytes) -> None:
        """Append bytes, and upload each full part."""
        self._buffer += content
        while len(self._buffer) > self._part_bytes:
            self._send(bytes(self._buffer[: self._part_bytes]))
            del self._buffer[: self._part_bytes]

    def finish(self) -> str | None:
        """Upload the last part and complete the object; return its version id."""
        with translate_s3_errors(self._name, SETTING):
            if self._upload_id is None:
                whole = self._client.put_object(
                    Bucket=self._bucket, Key=self._key, Body=bytes(self._buffer), ContentType=self._media_type
                )
                return whole.get("VersionId")
            self._send(bytes(self._buffer))
            joined = self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=self._key, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
            )
            self._upload_id = None
            return joined.get("VersionId")

    def abort(self) -> None:
        """Delete the uploaded parts."""
        if self._upload_id is not None:
            with translate_s3_errors(self._name, SETTING):
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._key, UploadId=self._upload_id)

    def _send(self, part: bytes) -> None:
        with translate_s3_errors(self._name, SETTING):
            if self._upload_id is None:
                begun = self._client.create_multipart_upload(
                    Bucket=self._bucket, Key=self._key, ContentType=self._media_type
                )
                self._upload_id = begun["UploadId"]
            number = len(self._parts) + 1
            sent = self._client.upload_part(
                Bucket=self._bucket, Key=self._key, UploadId=self._upload_id, PartNumber=number, Body=part
            )
            self._parts.append({"ETag": sent["ETag"], "PartNumber": number})
