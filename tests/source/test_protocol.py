import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.errors import Misconfigured, SourceUnreachable, StoreUnavailable
from app.settings import Settings
from app.source.folder import FolderSource
from app.source.open import open_source
from app.source.protocol import IN_MEMORY, SourceObject, is_sales, spooled
from app.source.s3 import S3Source

AWS = {"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "something", "AWS_EC2_METADATA_DISABLED": "true"}
WHEN = datetime(2026, 2, 1, tzinfo=UTC)
KEYS = [
    ("2026-02-01/2026-02-01_transactions.csv", True),
    ("day.csv.gz", True),
    ("DAY.CSV", True),
    ("day.csv.bak", False),
    ("day.csv/", False),
    ("day.gz", False),
    ("csv", False),
    ("day.xlsx", False),
]


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)


def listed(size: int, bucket: str = "sales", key: str = "day.csv") -> SourceObject:
    return SourceObject(bucket, key, "etag", size, WHEN)


@pytest.mark.parametrize(("key", "counts"), KEYS)
def test_a_key_counts_by_how_it_ends(key: str, counts: bool) -> None:
    assert is_sales(key) is counts


@pytest.mark.parametrize(("bucket", "name"), [("sales", "s3://sales/a b.csv"), ("/srv/sales", "/srv/sales/a b.csv")])
def test_an_object_is_called_by_its_url_or_path(bucket: str, name: str) -> None:
    assert listed(1, bucket, "a b.csv").name == name


@pytest.mark.parametrize("size", [0, 3, IN_MEMORY + 1])
def test_chunks_become_the_verified_content(size: int) -> None:
    content = bytes(size)
    fetched = spooled(iter([content[:2], b"", content[2:]]), listed(size))
    with fetched.content as kept:
        assert kept.read() == content
    assert fetched.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("arrived", [b"", b"ab", b"abcd"])
def test_a_body_of_another_size_is_an_error_and_no_shorter_file(arrived: bytes) -> None:
    with pytest.raises(StoreUnavailable, match=f"day.csv: {len(arrived)} of 3 bytes arrived"):
        spooled(iter([arrived]), listed(3))


@pytest.mark.parametrize("source", [None, ""])
def test_no_source_is_misconfigured(source: str | None) -> None:
    with pytest.raises(Misconfigured, match="REGULARS_SOURCE"):
        open_source(Settings(source=source))


@pytest.mark.parametrize("source", ["s3://sales/daily", "S3://sales/daily/"])
def test_a_bucket_is_opened_by_its_url(credentials: None, source: str) -> None:
    opened = open_source(Settings(source=source, s3_region="eu-west-1"))
    assert isinstance(opened, S3Source)
    assert (opened.bucket, opened.prefix) == ("sales", "daily/")


def test_a_folder_is_opened_by_its_path(tmp_path: Path) -> None:
    opened = open_source(Settings(source=str(tmp_path)))
    assert isinstance(opened, FolderSource)
    assert opened.bucket == str(tmp_path)


def test_a_home_that_nobody_has_is_a_folder_that_cannot_be_found() -> None:
    with pytest.raises(SourceUnreachable, match="~nobody-at-all"):
        open_source(Settings(source="~nobody-at-all/sales"))
