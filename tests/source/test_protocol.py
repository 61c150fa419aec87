import gzip
import hashlib
import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.errors import LocalStorageUnavailable, Misconfigured, StoreUnavailable, StoreUnusable
from app.settings import Settings
from app.source.folder import FolderSource
from app.source.open import open_sources
from app.source.protocol import IN_MEMORY_BYTES, SourceObject, location, spooled
from app.source.s3 import S3Source
from tests.contracts import written
from tests.source.memory import MemorySource

AWS = {"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "something", "AWS_EC2_METADATA_DISABLED": "true"}
WHEN = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)


def listed(size: int) -> SourceObject:
    return SourceObject("day.csv", "etag", size, WHEN)


def test_a_folder_is_located_by_its_path(tmp_path: Path) -> None:
    assert location(FolderSource(tmp_path)) == f"{tmp_path}/"


def test_the_root_of_the_file_system_has_one_slash() -> None:
    assert location(FolderSource(Path("/"))) == "/"


@pytest.mark.parametrize(
    ("prefix", "address"), [("", "memory://sales/"), ("daily/", "memory://sales/daily/")], ids=["bucket", "prefix"]
)
def test_a_store_is_located_by_its_scheme_bucket_and_prefix(prefix: str, address: str) -> None:
    assert location(MemorySource(prefix=prefix)) == address


def test_a_full_disk_is_not_blamed_on_the_store() -> None:
    content = bytes(IN_MEMORY_BYTES * 2)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (IN_MEMORY_BYTES, before[1]))
    try:
        with pytest.raises(LocalStorageUnavailable, match=r"no temporary file can be written in .*; free space there"):
            spooled(iter([content]), listed(len(content)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 3, IN_MEMORY_BYTES + 1])
def test_chunks_become_the_verified_content(size: int) -> None:
    content = bytes(size)
    fetched = spooled(iter([content[:2], b"", content[2:]]), listed(size))
    with fetched.content as kept:
        assert kept.read() == content
    assert fetched.sha256 == hashlib.sha256(content).hexdigest()


def test_the_hash_of_gzip_is_that_of_its_content() -> None:
    packed = gzip.compress(b"abc")
    fetched = spooled(iter([packed]), SourceObject("day.csv.gz", "etag", len(packed), WHEN))
    with fetched.content as kept:
        assert kept.read() == packed
    assert fetched.sha256 == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize("arrived", [b"", b"ab", b"abcd"])
def test_a_body_of_another_size_is_an_error_and_no_shorter_file(arrived: bytes) -> None:
    with pytest.raises(StoreUnavailable, match=f"day.csv: {len(arrived)} of 3 bytes arrived"):
        spooled(iter([arrived]), listed(3))


@pytest.mark.parametrize("source", [None, ""])
def test_no_source_is_misconfigured(source: str | None) -> None:
    with pytest.raises(Misconfigured, match="REGULARS_SOURCE"):
        open_sources(Settings(source=source))


@pytest.mark.parametrize("source", ["s3://sales/daily", "S3://sales/daily/"])
def test_a_bucket_is_opened_by_its_url(credentials: None, source: str) -> None:
    opened = open_sources(Settings(source=source, s3_region="eu-west-1"))[0][0]
    assert isinstance(opened, S3Source)
    assert (opened.bucket, opened.prefix) == ("sales", "daily/")


def test_a_folder_is_opened_by_its_path(tmp_path: Path) -> None:
    ((opened, _),) = open_sources(Settings(source=str(tmp_path)))
    assert isinstance(opened, FolderSource)
    assert opened.bucket == str(tmp_path)


def test_the_suffixes_of_the_contract_are_those_of_the_source(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    contract = written(tmp_path, server={"suffixes": [".txt"]})
    ((opened, _),) = open_sources(Settings(source=str(tmp_path), contract=contract))
    assert ([listed.key for listed in opened.list()], opened.skipped) == (["a.txt"], {".yaml": 1})


def test_a_home_that_nobody_has_is_a_folder_that_cannot_be_found() -> None:
    with pytest.raises(StoreUnusable, match="~nobody-at-all"):
        open_sources(Settings(source="~nobody-at-all/sales"))
