"""Sources of many objects: no statement has a parameter for each, or reads all of them for a few."""

from collections import Counter

import pytest
from sqlalchemy import Connection

from app.db.sql import named
from app.pipeline import archives, ledger, validations
from app.source.protocol import SourceObject
from tests.conftest import NOW


@pytest.fixture(scope="module")
def listed() -> list[SourceObject]:
    return [SourceObject(f"{number}.zip", "etag", 1, NOW) for number in range(70_000)]


def test_rejected_files_are_queued(connection: Connection, listed: list[SourceObject]) -> None:
    assert validations.requeue_rejected(connection, "sales", [item.key for item in listed], "sha256") == 0


def test_archives_are_queued(connection: Connection, listed: list[SourceObject]) -> None:
    archives.requeue_unread(connection, "sales", listed, "reading")
    assert connection.exec_driver_sql("select count(*) from pipeline.source_file").scalar_one() == 0


def test_objects_that_are_not_read_are_counted(connection: Connection, listed: list[SourceObject]) -> None:
    connection.exec_driver_sql("insert into pipeline.source values ('sales', 's3://sales/', true)")
    archives.record_not_read(connection, "sales", [".zip"], Counter({".pdf": 2}), [item.key for item in listed])
    assert connection.exec_driver_sql("select not_read from pipeline.source").scalar_one() == {".pdf": 2}


def test_the_members_of_an_archive_are_compared_with_their_own_keys(connection: Connection) -> None:
    ledger.discover(connection, "sales", [SourceObject(key, "etag", 1, NOW) for key in ("a.csv", "b.csv")], NOW)
    seen = connection.execute(named("app.pipeline", "last_seen"), {"source": "sales", "keys": ["b.csv"]})
    assert [row.key for row in seen] == ["b.csv"]
