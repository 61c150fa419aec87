"""Locks of the ledger: keys and contents of a batch."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from app.pipeline import ledger
from app.pipeline.ledger import SourceFile
from tests.pipeline.test_ledger import SEEN, discovered, settle


def waits(engine: Engine, *batch: tuple[SourceFile, str]) -> bool:
    """Return whether another transaction has to wait for a lock on these."""
    with engine.connect() as other:
        other.execute(text("set lock_timeout = '100ms'"))
        try:
            ledger.lock(other, batch)
        except OperationalError:
            return True
        return False


def file(key: str, file_id: int = 0) -> SourceFile:
    return SourceFile(file_id, "sales", replace(SEEN, key=key), "")


def test_a_key_is_locked_for_any_content(engine: Engine) -> None:
    with engine.begin() as connection:
        ledger.lock(connection, [(file("a.csv"), "x")])
        assert waits(engine, (file("a.csv"), "y"))


def test_a_content_is_locked_under_any_key(engine: Engine) -> None:
    with engine.begin() as connection:
        ledger.lock(connection, [(file("a.csv"), "x")])
        assert waits(engine, (file("b.csv"), "x"))


def test_other_keys_with_other_contents_do_not_wait(engine: Engine) -> None:
    with engine.begin() as connection:
        ledger.lock(connection, [(file("a.csv"), "x")])
        assert not waits(engine, (file("b.csv"), "y"))


def test_locks_end_with_their_transaction(engine: Engine) -> None:
    with engine.begin() as connection:
        ledger.lock(connection, [(file("a.csv"), "x")])
    assert not waits(engine, (file("a.csv"), "x"))


def test_contents_without_rows_do_not_wait(engine: Engine) -> None:
    with engine.begin() as connection:
        ledger.lock(connection, [(file("a.csv"), "x")], without_rows=["x"])
        assert not waits(engine, (file("b.csv"), "x"))


@pytest.mark.parametrize(
    ("state", "is_locked"), [("loaded", True), ("duplicate", True), ("superseded", False), ("empty", False)]
)
def test_contents_that_a_key_may_give_up_are_locked(engine: Engine, state: str, is_locked: bool) -> None:
    with engine.begin() as connection:
        discovered(connection, SEEN)
        settle(connection, state)
    with engine.begin() as connection:
        ledger.lock(connection, [(file("a.csv"), "y")])
        assert waits(engine, (file("b.csv"), "x")) == is_locked


def test_a_version_processed_by_another_worker_is_not_returned(connection: Connection) -> None:
    first, second = discovered(connection, SEEN, replace(SEEN, key="b.csv"))
    settle(connection, "loaded", "a.csv")
    assert ledger.lock(connection, [(first, "x"), (second, "y")]) == {second.file_id}
