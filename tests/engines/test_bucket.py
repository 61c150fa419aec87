"""Sales in a bucket, and a lake in another part of it."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from app.lake.lake import open_lake
from app.settings import Settings
from tests.conftest import HEADER
from tests.engines.conftest import Twins
from tests.engines.inline import Inline
from tests.loading import BAD, query, sale
from tests.s3 import S3Server


@pytest.fixture
def settings(s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    return Settings(source=f"s3://{bucket}/sales", lake=f"s3://{bucket}/scratch")


def test_executors_read_the_bucket_and_leave_no_part(
    twins: Twins, settings: Settings, s3: S3Server, bucket: str, database: Engine
) -> None:
    files = {
        "sales/2026-02-01.csv": [sale("500001", "A"), BAD],
        "sales/2026-02-02.csv": [sale("500002", "B", day="2026-02-02")],
    }
    for key, rows in files.items():
        s3.client.put_object(Bucket=bucket, Key=key, Body="\n".join([HEADER, *rows]).encode())
    local, remote = (replace(each, settings=settings) for each in (twins.local, twins.remote))
    found = Twins(local, remote, Inline(open_lake(settings), database))
    found.load()
    left = [each["Key"] for each in s3.client.list_objects_v2(Bucket=bucket)["Contents"]]
    for key in left:
        s3.client.delete_object(Bucket=bucket, Key=key)
    assert (left, query(remote.engine, "select count(*) from silver.sales_row")) == (sorted(files), [(2,)])
    assert found.are_equal()
