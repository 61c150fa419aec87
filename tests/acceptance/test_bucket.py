"""From a folder through a bucket into the database, by the commands a person would give."""

from pathlib import Path

import pytest

from tests.acceptance.service import regulars
from tests.s3 import S3Server


@pytest.fixture
def days(tmp_path: Path) -> Path:
    made = regulars(
        "generate", "--out", str(tmp_path / "days"), "--start", "2026-01-05", "--days", "3", "--customers", "50"
    )
    assert made.returncode == 0, made.stderr
    return tmp_path / "days"


@pytest.fixture
def uploaded(days: Path, s3: S3Server, bucket: str) -> str:
    url = f"s3://{bucket}/shop/daily"
    sent = regulars("upload", str(days), url, **s3.environment())
    assert "Sent 3 files" in sent.stderr, sent.stderr
    return url


def test_an_upload_keeps_the_layout(uploaded: str, s3: S3Server, bucket: str) -> None:
    keys = [item["Key"] for item in s3.client.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys[0] == "shop/daily/2026-01-05/2026-01-05_transactions.csv"


def test_a_second_upload_sends_nothing(uploaded: str, days: Path, s3: S3Server) -> None:
    assert "Sent 0 files" in regulars("upload", str(days), uploaded, **s3.environment()).stderr


def test_one_day_can_be_uploaded(days: Path, s3: S3Server, bucket: str) -> None:
    sent = regulars("upload", str(days), f"s3://{bucket}", "--day", "2026-01-06", **s3.environment())
    assert "Sent 1 files" in sent.stderr


def test_what_was_uploaded_is_loaded_once(uploaded: str, s3: S3Server, tmp_path: Path) -> None:
    load = ("ingest", "--source", uploaded, "--data-dir", str(tmp_path / "data"))
    said = [regulars(*load, **s3.environment()).stderr for _ in range(2)]
    assert ("Loaded 3 files" in said[0], "no new files" in said[1]) == (True, True)


@pytest.mark.parametrize(
    ("url", "environment", "words"),
    [
        ("s3://no-such-bucket-here/x", {}, "does not exist"),
        ("{bucket}", {"AWS_SECRET_ACCESS_KEY": "wrong"}, "credentials"),
        ("{bucket}", {"REGULARS_S3_ENDPOINT_URL": "http://127.0.0.1:9"}, "does not answer"),
    ],
)
def test_a_bad_store_is_one_clear_line(
    url: str, environment: dict[str, str], words: str, s3: S3Server, bucket: str, tmp_path: Path
) -> None:
    source = url.format(bucket=f"s3://{bucket}")
    failed = regulars("up", "--source", source, "--data-dir", str(tmp_path), **{**s3.environment(), **environment})
    assert (failed.returncode, failed.stderr.strip().count("\n"), words in failed.stderr) == (2, 0, True), failed.stderr
