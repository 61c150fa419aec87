"""An S3 bucket, or any store that speaks S3, as a source."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

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

from app.errors import Misconfigured, ObjectChanged, RegularsError, SourceUnreachable, StoreUnavailable
from app.settings import Settings
from app.source.protocol import Fetched, SourceObject, is_sales, spooled

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 1024**2
USER_INFO = re.compile(r"//.*@")  # greedy: a password may have an @ in it
GONE = {"NoSuchKey", "NoSuchVersion", "PreconditionFailed", "404", "412"}
EXPIRED = {"ExpiredToken", "RequestExpired"}
CLOSED = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "403",
    "Forbidden",
}


def split_url(url: str) -> tuple[str, str]:
    """(bucket, prefix) of s3://bucket/prefix; the prefix ends in a slash, as a folder does. Raises Misconfigured."""
    scheme, _, path = url.partition("://")
    bucket, _, prefix = path.partition("/")
    if scheme.lower() != "s3" or not bucket:
        raise Misconfigured(f"{url!r} is no bucket; write s3://bucket/prefix")
    return bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else ""


def make_client(settings: Settings) -> "S3Client":
    """A client with the settings' endpoint and region; credentials come by the usual AWS chain."""
    path_style = settings.s3_path_style
    if path_style is None:
        path_style = settings.s3_endpoint_url is not None
    try:
        # A session of its own: the default one would keep credentials that were renewed in a file meanwhile.
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
    """Every .csv and .csv.gz object under a prefix of a bucket."""

    def __init__(self, client: "S3Client", url: str) -> None:
        self._client = client
        self.bucket, self.prefix = split_url(url)

    def list(self) -> Iterator[SourceObject]:
        """Objects in the order of their keys, page by page; raises SourceUnreachable or StoreUnavailable."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        with translated(f"s3://{self.bucket}/{self.prefix}"):
            for page in pages:
                for item in page.get("Contents", []):
                    if is_sales(item["Key"]):
                        etag = item["ETag"].strip('"')
                        yield SourceObject(self.bucket, item["Key"], etag, item["Size"], item["LastModified"])

    def fetch(self, listed: SourceObject) -> Fetched:
        """The listed version's bytes, pinned by its ETag; raises ObjectChanged where another took its place."""
        with translated(listed.name):
            answer = self._client.get_object(Bucket=self.bucket, Key=listed.key, IfMatch=f'"{listed.etag}"')
            if answer["ETag"].strip('"') != listed.etag:  # a store may not know If-Match
                raise ObjectChanged(f"{listed.name} is no longer the version that was listed; it will be listed again")
            return spooled(answer["Body"].iter_chunks(CHUNK), listed)


@contextmanager
def translated(name: str, setting: str = "--source") -> Iterator[None]:
    """Errors of boto3 raised inside become ours; `name` is the object or bucket that they speak of, `setting` what
    named it.
    """
    try:
        yield
    except ClientError as error:
        raise _of_answer(error, name, setting) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise SourceUnreachable(
            f"{name}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile"
        ) from error
    except (EndpointConnectionError, HTTPClientError, OSError) as error:
        raise StoreUnavailable(
            f"{name}: the store does not answer: {_reason(error)}; check the network and REGULARS_S3_ENDPOINT_URL"
        ) from error
    except (IncompleteReadError, FlexibleChecksumError) as error:
        raise StoreUnavailable(f"{name}: the body arrived broken: {_reason(error)}; it will be read again") from error
    except BotoCoreError as error:
        raise Misconfigured(f"{name}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Return the message of an error without the user name and password of the endpoint's URL."""
    return USER_INFO.sub("//", str(error))


def _of_answer(error: ClientError, name: str, setting: str) -> RegularsError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "NoSuchBucket":
        return SourceUnreachable(f"{name}: the bucket does not exist; check {setting} and REGULARS_S3_ENDPOINT_URL")
    if code in GONE:
        return ObjectChanged(f"{name} is no longer the version that was listed; it will be listed again")
    if code in EXPIRED:
        return StoreUnavailable(f"{name}: the AWS credentials have expired ({code}); renew them")
    if code in CLOSED or status in {401, 403}:
        return SourceUnreachable(f"{name}: access refused ({code}); check the AWS credentials and the bucket's policy")
    return StoreUnavailable(f"{name}: the store answered {status} {code}")
