"""A lake in a folder and in a bucket: the same operations, and errors that name the setting."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.errors import StoreUnusable
from app.lake.lake import Lake, check_lake, open_lake
from app.settings import Settings
from tests.s3 import S3Server

PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=1)


@pytest.fixture(params=["folder", "bucket"])
def lake(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    if request.param == "folder":
        return open_lake(Settings(lake=str(tmp_path / "shared")))
    s3: S3Server = request.getfixturevalue("s3")
    bucket: str = request.getfixturevalue("bucket")
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    return open_lake(Settings(lake=f"s3://{bucket}/scratch"))


def test_what_is_written_is_read_listed_and_deleted(lake: Lake) -> None:
    content = bytes(range(256)) * 10_000
    lake.write("a.bronze", io.BytesIO(content))
    assert (b"".join(lake.read("a.bronze")), lake.names(FUTURE), lake.names(PAST)) == (content, ["a.bronze"], [])
    lake.delete(["a.bronze", "missing"])
    assert lake.names(FUTURE) == []


def test_a_missing_object_names_the_setting(lake: Lake) -> None:
    with pytest.raises(StoreUnusable, match=r"missing.*REGULARS_LAKE"):
        next(iter(lake.read("missing")))


def test_a_probe_leaves_nothing_behind(lake: Lake) -> None:
    check_lake(lake, io.BytesIO(b"probe"))
    assert lake.names(FUTURE) == []


def test_other_files_of_the_folder_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "others.csv").write_bytes(b"")
    assert open_lake(Settings(lake=str(tmp_path))).names(FUTURE) == []


def test_a_file_in_place_of_the_folder_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnusable, match="REGULARS_LAKE"):
        open_lake(Settings(lake=str(tmp_path / "file"))).write("a", io.BytesIO())
