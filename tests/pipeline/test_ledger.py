"""Rows of the ledger: discovery, waiting versions, missing objects and constraints."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from app.pipeline import ledger
from app.pipeline.ledger import SourceFile
from app.source.protocol import SourceObject
from tests.conftest import NOW
from tests.loading import until_somebody_waits

SEEN = SourceObject("a.csv", "e1", 10, datetime(2026, 2, 1, tzinfo=UTC), "v1")
LATER = NOW + timedelta(minutes=5)
INSERT = """insert into pipeline.source_file (source, key, etag, size, last_modified, discovered_at, {columns})
    values ('sales', 'a.csv', 'e', 1, now(), now(), {values})"""


def rows(connection: Connection, columns: str = "key, state") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(f"select {columns} from pipeline.source_file order by id"))]  # noqa: S608


def discovered(connection: Connection, *listed: SourceObject) -> list[SourceFile]:
    ledger.discover(connection, "sales", listed, NOW)
    return ledger.pending(connection, "sales")


def settle(connection: Connection, state: str, key: str = "a.csv") -> None:
    change = "update pipeline.source_file set state = :state, sha256 = 'x', rows_read = 1 where key = :key"
    connection.execute(text(change), {"state": state, "key": key})


# --- discovery


def test_a_listed_version_is_recorded_once(connection: Connection) -> None:
    assert [ledger.discover(connection, "sales", [SEEN], NOW) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("state", ["discovered", "loaded", "empty", "duplicate", "rejected", "failed"])
def test_an_unchanged_object_is_not_a_new_version(connection: Connection, state: str) -> None:
    discovered(connection, SEEN)
    settle(connection, state)
    assert ledger.discover(connection, "sales", [SEEN], NOW) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"etag": "e2"},
        {"size": 11},
        {"last_modified": NOW},
        {"version_id": "v2"},
        {"version_id": None},
        {"key": "b.csv"},
    ],
)
def test_any_change_of_an_object_is_a_new_version(connection: Connection, change: dict[str, Any]) -> None:
    discovered(connection, SEEN)
    assert ledger.discover(connection, "sales", [replace(SEEN, **change)], NOW) == 1


def test_an_object_without_version_id_is_recognised(connection: Connection) -> None:
    plain = replace(SEEN, version_id=None)
    assert [ledger.discover(connection, "sales", [plain], NOW) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("state", ["loaded", "rejected", "duplicate"])
def test_a_restored_earlier_version_is_new(connection: Connection, state: str) -> None:
    discovered(connection, SEEN)
    settle(connection, "superseded")
    ledger.discover(connection, "sales", [replace(SEEN, etag="e2")], LATER)
    connection.execute(text("update pipeline.source_file set state = :state where etag = 'e2'"), {"state": state})
    assert ledger.discover(connection, "sales", [SEEN], LATER) == 1


def test_a_later_version_has_a_later_time_also_when_the_clock_was_set_back(connection: Connection) -> None:
    ledger.discover(connection, "sales", [SEEN], LATER)
    settle(connection, "loaded")
    ledger.discover(connection, "sales", [replace(SEEN, etag="e2")], NOW)
    first, second = (time for (time,) in rows(connection, "discovered_at"))
    assert first < second


def test_a_version_is_recognised_after_the_clock_was_set_back(connection: Connection) -> None:
    newer = replace(SEEN, etag="e2")
    ledger.discover(connection, "sales", [SEEN], LATER)
    assert [ledger.discover(connection, "sales", [newer], NOW) for _ in range(2)] == [1, 0]


def test_versions_are_numbered_as_they_are_listed(connection: Connection) -> None:
    keys = [f"{number * 7 % 50:02}.csv" for number in range(50)]
    ledger.discover(connection, "sales", [replace(SEEN, key=key) for key in keys], NOW)
    assert [key for (key,) in rows(connection, "key")] == keys


def test_unusual_keys_are_accepted(connection: Connection) -> None:
    keys = ["a b.csv", "a+b.csv", "a%20b.csv", "über/日本.csv", "it's.csv", 'a"b,{c}.csv', "a\\b.csv"]
    files = discovered(connection, *(replace(SEEN, key=key) for key in keys))
    assert {file.object.key for file in files} == set(keys)


def test_an_empty_listing_adds_nothing(connection: Connection) -> None:
    assert ledger.discover(connection, "sales", [], NOW) == 0


# --- waiting versions


def test_waiting_versions_are_in_the_order_of_keys(connection: Connection) -> None:
    later, earlier = replace(SEEN, key="2026-02-02.csv"), replace(SEEN, key="2026-02-01.csv")
    assert [file.object for file in discovered(connection, later, earlier)] == [earlier, later]


def test_versions_of_another_source_are_not_waiting(connection: Connection) -> None:
    ledger.discover(connection, "other", [SEEN], NOW)
    assert ledger.pending(connection, "sales") == []


@pytest.mark.parametrize(
    "state", ["loaded", "empty", "duplicate", "superseded", "rejected", "failed", "source_missing"]
)
def test_a_processed_version_is_not_waiting(connection: Connection, state: str) -> None:
    discovered(connection, SEEN)
    settle(connection, state)
    assert ledger.pending(connection, "sales") == []


def test_a_version_overwritten_before_loading_is_not_waiting(connection: Connection) -> None:
    newest = replace(SEEN, etag="e2")
    discovered(connection, SEEN)
    assert [file.object for file in discovered(connection, newest)] == [newest]
    assert rows(connection, "state, error")[0] == ("superseded", "overwritten before it was read")


# --- missing objects


@pytest.mark.parametrize(
    ("state", "left"),
    [
        ("loaded", "source_missing"),
        ("empty", "source_missing"),
        ("rejected", "superseded"),
        ("duplicate", "superseded"),
    ],
)
def test_a_file_whose_object_is_missing_is_marked(connection: Connection, state: str, left: str) -> None:
    discovered(connection, SEEN)
    settle(connection, state)
    assert (ledger.mark_missing(connection, "sales", []), rows(connection)) == (1, [("a.csv", left)])


@pytest.mark.parametrize("state", ["discovered", "superseded", "source_missing"])
def test_other_files_are_unchanged(connection: Connection, state: str) -> None:
    discovered(connection, SEEN)
    settle(connection, state)
    assert (ledger.mark_missing(connection, "sales", []), rows(connection)) == (0, [("a.csv", state)])


def test_a_file_of_another_source_is_not_missing(connection: Connection) -> None:
    discovered(connection, SEEN)
    settle(connection, "loaded")
    assert ledger.mark_missing(connection, "other", []) == 0


@pytest.mark.parametrize(("unlisted", "marked"), [("closed/", 0), ("other/", 1)])
def test_a_file_in_a_folder_that_could_not_be_listed_is_not_missing(
    connection: Connection, unlisted: str, marked: int
) -> None:
    discovered(connection, replace(SEEN, key="closed/a.csv"))
    settle(connection, "loaded", "closed/a.csv")
    assert ledger.mark_missing(connection, "sales", [], [unlisted]) == marked


def test_two_concurrent_empty_listings_mark_a_file_once(engine: Engine) -> None:
    with engine.begin() as connection:
        discovered(connection, SEEN)
        settle(connection, "loaded")
    with ThreadPoolExecutor(1) as pool, engine.connect() as later:
        with engine.begin() as connection:
            ledger.mark_missing(connection, "sales", [])
            second = pool.submit(ledger.mark_missing, later, "sales", [])
            until_somebody_waits(engine)
        assert (second.result(30), rows(later)) == (0, [("a.csv", "source_missing")])


# --- recorded results


def test_a_changed_version_is_recorded_with_the_reason(connection: Connection) -> None:
    (waiting,) = discovered(connection, SEEN)
    ledger.record_changed(connection, waiting, "it changed")
    assert rows(connection, "state, error") == [("superseded", "it changed")]


def test_a_version_processed_meanwhile_is_not_recorded_as_changed(connection: Connection) -> None:
    (waiting,) = discovered(connection, SEEN)
    settle(connection, "loaded")
    ledger.record_changed(connection, waiting, "it changed")
    assert rows(connection) == [("a.csv", "loaded")]


def test_a_file_is_failed_after_the_last_attempt(connection: Connection) -> None:
    (waiting,) = discovered(connection, SEEN)
    for _ in range(2):
        ledger.count_attempt(connection, waiting, "why", 2)
    assert rows(connection, "state, attempts, error") == [("failed", 2, "why")]


def test_an_earlier_row_adopts_the_listing_of_the_merged_one(connection: Connection) -> None:
    (first,) = discovered(connection, SEEN)
    settle(connection, "loaded")
    ledger.discover(connection, "sales", [replace(SEEN, etag="e2", last_modified=NOW, version_id="v2")], LATER)
    ledger.adopt_listing(connection, ledger.pending(connection, "sales")[0], first.file_id)
    columns = "id, etag, last_modified, version_id, discovered_at, state"
    assert rows(connection, columns) == [(first.file_id, "e2", NOW, "v2", LATER, "loaded")]


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ("rows_read, rows_loaded, rows_quarantined", "3, 1, 1"),
        ("state", "'lost'"),
        ("state", "'loaded'"),
        ("sha256", "'x'"),
    ],
)
def test_constraints_refuse_inconsistent_rows(connection: Connection, columns: str, values: str) -> None:
    """Rows that do not add up, unknown states, two active versions of a key, and one version twice."""
    discovered(connection, SEEN)
    settle(connection, "empty")
    with pytest.raises(IntegrityError):
        connection.execute(text(INSERT.format(columns=columns, values=values)))
