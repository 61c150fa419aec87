import gzip
import hashlib
from typing import Any

import pytest

from app.errors import Misconfigured, ObjectChanged, StoreUnavailable, StoreUnusable
from app.settings import Settings
from app.source.open import open_sources
from app.source.protocol import SourceObject
from app.source.s3 import S3Source, make_client, split_url
from tests.s3 import ACCESS_KEY, REGION, SECRET_KEY, S3Server, free_ports
from tests.s3 import make_client as make_test_client

NAMES = [
    "with space.csv",
    "a+b.csv",
    "100%25.csv",
    "%2F%20.csv",
    "straße 🛒.csv",
    "a&b=c?d#e.csv",
    "quote'\".csv",
    "semi;colon:.csv",
    "~tilde!*().csv",
]
URLS = [
    ("s3://sales", "sales", ""),
    ("s3://sales/", "sales", ""),
    ("s3://sales/daily", "sales", "daily/"),
    ("s3://sales/daily/", "sales", "daily/"),
    ("s3://sales//daily//", "sales", "daily/"),
    ("S3://sales/a/b c#d?e", "sales", "a/b c#d?e/"),
]


def put(s3: S3Server, bucket: str, key: str, content: bytes = b"abc") -> None:
    s3.client.put_object(Bucket=bucket, Key=key, Body=content)


def source(s3: S3Server, bucket: str, prefix: str = "") -> S3Source:
    return S3Source(s3.client, f"s3://{bucket}/{prefix}")


def keys(s3: S3Server, bucket: str, prefix: str = "") -> list[str]:
    return [listed.key for listed in source(s3, bucket, prefix).list()]


def first(s3: S3Server, bucket: str) -> SourceObject:
    put(s3, bucket, "a.csv")
    [listed] = source(s3, bucket).list()
    return listed


@pytest.mark.parametrize(("url", "bucket", "prefix"), URLS)
def test_a_url_is_a_bucket_and_a_prefix(url: str, bucket: str, prefix: str) -> None:
    assert split_url(url) == (bucket, prefix)


@pytest.mark.parametrize("url", ["sales/daily", "s3:", "s3:/sales", "s3://", "s3:///daily", "gs://sales"])
def test_a_url_that_names_no_bucket_is_misconfigured(url: str) -> None:
    with pytest.raises(Misconfigured, match="has no bucket; write s3://bucket/prefix"):
        split_url(url)


def test_an_empty_bucket_lists_nothing(s3: S3Server, bucket: str) -> None:
    assert keys(s3, bucket) == []


def test_what_is_listed_is_what_was_put(s3: S3Server, bucket: str) -> None:
    listed = first(s3, bucket)
    md5 = hashlib.md5(b"abc", usedforsecurity=False).hexdigest()
    assert (listed.key, listed.etag, listed.size) == ("a.csv", md5, 3)
    assert listed.last_modified.utcoffset() is not None


def test_only_sales_under_the_prefix_are_listed_in_the_order_of_their_keys(s3: S3Server, bucket: str) -> None:
    for key in ("daily/b.csv", "daily/a.csv.gz", "daily/a.txt", "daily-old/a.csv", "dail", "other/a.csv", "daily.csv"):
        put(s3, bucket, key)
    put(s3, bucket, "daily/", b"")
    assert keys(s3, bucket, "daily") == keys(s3, bucket, "daily/") == ["a.csv.gz", "b.csv"]


def test_a_listing_of_thousands_is_read_to_its_last_page(s3: S3Server, bucket: str) -> None:
    names = [f"daily/{number:04}.csv" for number in range(1_005)]
    for name in names:
        put(s3, bucket, name, b"")
    put(s3, bucket, "elsewhere/0.csv", b"")
    assert [f"daily/{key}" for key in keys(s3, bucket, "daily")] == names


@pytest.mark.parametrize("name", NAMES)
def test_a_key_of_any_letters_is_listed_and_read(s3: S3Server, bucket: str, name: str) -> None:
    put(s3, bucket, f"a prefix+%/{name}")
    [listed] = source(s3, bucket, "a prefix+%").list()
    assert listed.key == name
    with source(s3, bucket, "a prefix+%").fetch(listed).content as content:
        assert content.read() == b"abc"


@pytest.mark.parametrize("size", [0, 1, 9 * 1024**2])
def test_an_object_of_any_size_is_read_whole(s3: S3Server, bucket: str, size: int) -> None:
    put(s3, bucket, "a.csv", bytes(size))
    [listed] = source(s3, bucket).list()
    fetched = source(s3, bucket).fetch(listed)
    with fetched.content as content:
        assert content.read() == bytes(size)
    assert fetched.sha256 == hashlib.sha256(bytes(size)).hexdigest()


def test_an_object_put_in_parts_is_read_whole(s3: S3Server, bucket: str) -> None:
    upload = s3.client.create_multipart_upload(Bucket=bucket, Key="a.csv")["UploadId"]
    target: Any = {"Bucket": bucket, "Key": "a.csv", "UploadId": upload}
    contents = [bytes(5 * 1024**2), b"end"]
    etags = [s3.client.upload_part(**target, PartNumber=n, Body=part)["ETag"] for n, part in enumerate(contents, 1)]
    parts: Any = {"Parts": [{"ETag": etag, "PartNumber": n} for n, etag in enumerate(etags, 1)]}
    s3.client.complete_multipart_upload(**target, MultipartUpload=parts)
    [listed] = source(s3, bucket).list()
    with source(s3, bucket).fetch(listed).content as content:
        assert content.read() == b"".join(contents)


def test_bytes_are_not_unpacked_on_their_way(s3: S3Server, bucket: str) -> None:
    packed = gzip.compress(b"abc")
    s3.client.put_object(Bucket=bucket, Key="a.csv.gz", Body=packed, ContentEncoding="gzip")
    [listed] = source(s3, bucket).list()
    with source(s3, bucket).fetch(listed).content as content:
        assert content.read() == packed


@pytest.mark.parametrize("content", [b"xyz", b"longer than it was", b""])
def test_an_object_overwritten_since_it_was_listed_has_changed(s3: S3Server, bucket: str, content: bytes) -> None:
    listed = first(s3, bucket)
    put(s3, bucket, "a.csv", content)
    with pytest.raises(ObjectChanged, match=f"s3://{bucket}/a.csv changed since it was listed"):
        source(s3, bucket).fetch(listed)


def test_an_object_deleted_since_it_was_listed_is_not_in_the_source(s3: S3Server, bucket: str) -> None:
    listed = first(s3, bucket)
    s3.client.delete_object(Bucket=bucket, Key="a.csv")
    with pytest.raises(ObjectChanged, match=f"s3://{bucket}/a.csv is no longer in the source"):
        source(s3, bucket).fetch(listed)


def test_a_missing_bucket_is_named_with_the_remedy(s3: S3Server) -> None:
    with pytest.raises(StoreUnusable, match="s3://no-such-bucket/daily/: the bucket does not exist; check --source"):
        keys(s3, "no-such-bucket", "daily")


def test_a_name_that_no_bucket_can_have_is_misconfigured(s3: S3Server) -> None:
    with pytest.raises(Misconfigured, match=r"(?s)^s3://not a bucket/: .*Invalid bucket name"):
        keys(s3, "not a bucket")


def test_wrong_credentials_are_refused_with_the_remedy(s3: S3Server, bucket: str) -> None:
    stranger = S3Source(make_test_client(s3.endpoint, secret="guessed"), f"s3://{bucket}")  # noqa: S106
    with pytest.raises(StoreUnusable, match=f"s3://{bucket}/: access refused .*; check the AWS credentials") as caught:
        list(stranger.list())
    assert "guessed" not in str(caught.value)


def test_wrong_credentials_are_refused_for_an_object_too(s3: S3Server, bucket: str) -> None:
    listed = first(s3, bucket)
    stranger = S3Source(make_test_client(s3.endpoint, secret="guessed"), f"s3://{bucket}")  # noqa: S106
    with pytest.raises(StoreUnusable, match=f"s3://{bucket}/a.csv: access refused"):
        stranger.fetch(listed)


def test_no_server_at_the_endpoint_is_a_store_that_does_not_answer() -> None:
    endpoint = f"http://127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(StoreUnavailable, match=f"s3://sales/: the store does not answer: .*{endpoint}") as caught:
        list(S3Source(make_test_client(endpoint), "s3://sales").list())
    assert "REGULARS_S3_ENDPOINT_URL" in str(caught.value)


def test_the_settings_make_a_client_for_their_endpoint(
    s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, bucket, "a.csv")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    settings = Settings(source=f"s3://{bucket}", s3_endpoint_url=s3.endpoint, s3_region=REGION)
    assert [listed.key for listed in open_sources(settings)[0][0].list()] == ["a.csv"]


@pytest.mark.parametrize(
    ("endpoint", "path_style", "style"),
    [
        ("http://127.0.0.1:1", None, "path"),
        ("http://127.0.0.1:1", False, "auto"),
        (None, None, "auto"),
        (None, True, "path"),
    ],
)
def test_the_bucket_stands_in_the_path_with_an_endpoint_of_ones_own(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None, path_style: bool | None, style: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    client = make_client(Settings(s3_endpoint_url=endpoint, s3_path_style=path_style, s3_region=REGION))
    assert client.meta.config.s3 == {"addressing_style": style}  # type: ignore[attr-defined]


def test_no_credentials_at_all_are_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    settings = Settings(source="s3://sales", s3_endpoint_url="http://127.0.0.1:1", s3_region=REGION)
    with pytest.raises(StoreUnusable, match="s3://sales/: no credentials; set AWS_ACCESS_KEY_ID"):
        list(open_sources(settings)[0][0].list())


def test_an_invalid_region_is_misconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(Misconfigured, match="REGULARS_S3_REGION"):
        make_client(Settings(s3_endpoint_url="http://127.0.0.1:1", s3_region="not a region"))
