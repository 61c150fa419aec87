"""Source in a bucket of S3 or a store with the S3 API."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
)

from app.contract.model import DEFAULT_SUFFIXES, SourceContract
from app.errors import (
    Misconfigured,
    ObjectChanged,
    ObjectRefused,
    RegularsError,
    StoreUnavailable,
    StoreUnusable,
)
from app.settings import Settings
from app.settings.source import DEFAULT_SOURCE_NAME
from app.settings.stores import S3
from app.source.content_hash import MAX_BYTES
from app.source.protocol import SOURCE_SETTING, Fetched, SourceObject, location_setting, spooled
from app.source.selection import Selection

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK_BYTES: Final = 1024**2
URL_USER_INFO = re.compile(r"//.*@")  # greedy: a password may have an @ in it
CHANGED = "changed since it was listed; the next ingest lists it again"
REMOVED = "is no longer in the source; put it back if it is to be read"
GONE = {
    **dict.fromkeys(("NoSuchKey", "NoSuchVersion", "404"), REMOVED),
    **dict.fromkeys(("PreconditionFailed", "412"), CHANGED),
}
EXPIRED = {"ExpiredToken", "RequestExpired"}
BAD_CREDENTIALS = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "RequestTimeTooSkewed"}
DENIED = {"AccessDenied", "403", "Forbidden"}
ARCHIVED = "InvalidObjectState"


def split_url(url: str) -> tuple[str, str]:
    """Return (bucket, prefix) of s3://bucket/prefix, the prefix with a slash at its end; raises Misconfigured."""
    scheme, _, path = url.partition("://")
    bucket, _, prefix = path.partition("/")
    if scheme.lower() != "s3" or not bucket:
        raise Misconfigured(f"{url!r} has no bucket; write s3://bucket/prefix")
    return bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else ""


def make_client(settings: Settings) -> "S3Client":
    """Return a client for the endpoint and region of the settings, with the standard AWS credential chain."""
    path_style = settings.s3_path_style
    if path_style is None:
        path_style = settings.s3_endpoint_url is not None
    try:
        # A new session, because the default session does not reload a changed credentials file.
        return boto3.Session().client(
            "s3",
            endpoint_url=settings.s3_endpoint_url,
            region_name=settings.s3_region,
            config=Config(
                s3={"addressing_style": "path" if path_style else "auto"},
                retries={"mode": "standard", "total_max_attempts": 4},
                connect_timeout=5,
                read_timeout=30,
            ),
        )
    except (BotoCoreError, ValueError) as error:
        raise Misconfigured(f"{_reason(error)}; check REGULARS_S3_ENDPOINT_URL and REGULARS_S3_REGION") from None


class S3Source:
    """Source of the sales files under a prefix of a bucket.

    setting: option, setting, or contract key with this address, for messages.
    """

    scheme = S3.scheme
    is_atomic = True

    def __init__(
        self,
        client: "S3Client",
        url: str,
        name: str = DEFAULT_SOURCE_NAME,
        suffixes: tuple[str, ...] = DEFAULT_SUFFIXES,
        max_bytes: int = MAX_BYTES,
        setting: str = SOURCE_SETTING,
    ) -> None:
        self._client = client
        self._suffixes = suffixes
        self._max_bytes = max_bytes
        self._setting = setting
        self.skipped: Counter[str] = Counter()
        self.name = name
        self.bucket, self.prefix = split_url(url)

    def list(self) -> Iterator[SourceObject]:
        """Yield objects in the order of their keys, page by page; raises StoreUnusable or StoreUnavailable."""
        selection = Selection(self._suffixes)
        self.skipped = selection.skipped
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        with translate_s3_errors(f"s3://{self.bucket}/{self.prefix}", self._setting):
            for page in pages:
                for item in page.get("Contents", []):
                    key = item["Key"].removeprefix(self.prefix)
                    if key and not key.endswith("/") and selection.takes(key):
                        etag = item["ETag"].strip('"')
                        yield SourceObject(key, etag, item["Size"], item["LastModified"])

    def fetch(self, listed: SourceObject) -> Fetched:
        """Return the bytes of the listed version, pinned by its ETag; raises ObjectChanged if it was replaced."""
        key = self.prefix + listed.key
        name = f"s3://{self.bucket}/{key}"
        with translate_s3_errors(name, is_object=True):
            answer = self._client.get_object(Bucket=self.bucket, Key=key, IfMatch=f'"{listed.etag}"')
            if answer["ETag"].strip('"') != listed.etag:  # some stores ignore If-Match
                raise ObjectChanged(f"{name} {CHANGED}")
            return spooled(answer["Body"].iter_chunks(CHUNK_BYTES), listed, self._max_bytes)


def open_s3(settings: Settings, url: str, name: str, source_contract: SourceContract) -> S3Source:
    """Open a prefix of a bucket as a source with the suffixes and the largest file of a contract."""
    dialect, setting = source_contract.dialect, location_setting(source_contract.server)
    return S3Source(make_client(settings), url, name, dialect.suffixes, source_contract.max_bytes, setting)


@contextmanager
def translate_s3_errors(name: str, setting: str = SOURCE_SETTING, *, is_object: bool = False) -> Iterator[None]:
    """Translate exceptions of boto3 into exceptions of app.errors.

    Args:
        name: address of the object or bucket.
        setting: option or setting with this address.
        is_object: whether one object is read; denied access then raises ObjectRefused, not StoreUnusable.
    """
    try:
        yield
    except ClientError as error:
        raise _of_answer(error, name, setting, is_object=is_object) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise StoreUnusable(
            f"{name}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile"
        ) from error
    except (EndpointConnectionError, HTTPClientError, OSError) as error:
        raise StoreUnavailable(
            f"{name}: the store does not answer: {_reason(error)}; check the network and REGULARS_S3_ENDPOINT_URL"
        ) from error
    except (IncompleteReadError, FlexibleChecksumError) as error:
        raise StoreUnavailable(
            f"{name}: the download was incomplete: {_reason(error)}; the next ingest reads the file again"
        ) from error
    except BotoCoreError as error:
        raise Misconfigured(f"{name}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Return the message of an error without the user name and password of the endpoint's URL."""
    return URL_USER_INFO.sub("//", str(error))


def _of_answer(error: ClientError, name: str, setting: str, *, is_object: bool) -> RegularsError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "NoSuchBucket":
        return StoreUnusable(f"{name}: the bucket does not exist; check {setting}, and REGULARS_S3_ENDPOINT_URL")
    if code in GONE:
        return ObjectChanged(f"{name} {GONE[code]}")
    if code in EXPIRED:
        return StoreUnavailable(f"{name}: the AWS credentials have expired ({code}); renew them")
    if code == ARCHIVED:
        return ObjectRefused(f"{name}: the object is archived ({code}); restore it to a readable storage class")
    if code in DENIED | BAD_CREDENTIALS or status in {401, 403}:
        refused = ObjectRefused if is_object and code not in BAD_CREDENTIALS else StoreUnusable
        return refused(f"{name}: access refused ({code}); check the AWS credentials and the bucket's policy")
    return StoreUnavailable(f"{name}: the store answered {status} {code}")
