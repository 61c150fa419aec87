"""Sessions are the same whatever the server, the database or the environment set; unusable databases are refused."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, make_url, text

from app.db.embedded import embedded_postgres
from app.db.engine import make_async_engine, make_engine
from app.db.session import SETTINGS
from app.errors import DatabaseUnusable
from tests.postgres import named

Answer = Callable[[str, str], list[str]]
OTHERWISE = {
    "TimeZone": "'Asia/Tokyo'",
    "DateStyle": "'German'",
    "IntervalStyle": "'iso_8601'",
    "extra_float_digits": "-10",
    "bytea_output": "'escape'",
    "standard_conforming_strings": "off",
    "transform_null_equals": "on",
    "default_transaction_isolation": "'serializable'",
    "default_transaction_deferrable": "on",
    "statement_timeout": "'100s'",
    "lock_timeout": "'100s'",
    "idle_in_transaction_session_timeout": "'100s'",
    "idle_session_timeout": "'100s'",
    "jit": "on",
}


def answer(url: str, question: str) -> list[str]:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return [str(value) for value in connection.execute(text(question)).one()]
    finally:
        engine.dispose()


def answer_async(url: str, question: str) -> list[str]:
    async def ask() -> list[str]:
        engine = make_async_engine(url)
        try:
            async with engine.connect() as connection:
                return [str(value) for value in (await connection.execute(text(question))).one()]
        finally:
            await engine.dispose()

    return asyncio.run(ask())


both = pytest.mark.parametrize("ask", [answer, answer_async])


def run(engine: Engine, *statements: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture
def latin(shared_engine: Engine, postgres: str) -> Iterator[str]:
    name = f"latin_{uuid4().hex}"
    like = "encoding 'LATIN1' locale_provider libc locale 'C' template template0"
    run(shared_engine, f"create database {name} {like}")
    yield named(postgres, name)
    run(shared_engine, f"drop database {name}")


@both
def test_settings_of_the_database_do_not_change_results(engine: Engine, database_url: str, ask: Answer) -> None:
    database = make_url(database_url).database
    run(engine, *(f"alter database {database} set {name} = {other}" for name, other in OTHERWISE.items()))
    shown = ", ".join(f"current_setting('{name}')" for name in SETTINGS)
    assert dict(zip(SETTINGS, ask(database_url, f"select {shown}"), strict=True)) == SETTINGS


def test_each_setting_is_tried_with_another_value() -> None:
    assert OTHERWISE.keys() == SETTINGS.keys()


@both
def test_the_environment_does_not_change_results(
    database_url: str, ask: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    monkeypatch.setenv("PGDATESTYLE", "German")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    shown = "select cast(timestamptz '2026-01-01T00:00Z' as text), current_setting('client_encoding'), '客'"
    assert ask(database_url, shown) == ["2026-01-01 00:00:00+00", "UTF8", "客"]


@both
def test_a_transaction_is_not_ended_by_a_timeout_of_the_database(
    engine: Engine, database_url: str, ask: Answer
) -> None:
    run(engine, f"alter database {make_url(database_url).database} set transaction_timeout = '100s'")
    assert ask(database_url, "select current_setting('transaction_timeout')") == ["0"]


@both
def test_a_database_that_is_not_utf_8_is_refused_with_the_remedy(latin: str, ask: Answer) -> None:
    with pytest.raises(DatabaseUnusable, match=r"is encoded in LATIN1; create one with: .* encoding 'UTF8'"):
        ask(latin, "select 1")


def test_a_read_only_database_is_refused_with_the_remedy(engine: Engine, database_url: str) -> None:
    run(engine, f"alter database {make_url(database_url).database} set default_transaction_read_only = on")
    with pytest.raises(DatabaseUnusable, match=r"is read-only; set default_transaction_read_only = off"):
        answer(database_url, "select 1")
    assert answer_async(database_url, "select 1") == ["1"]


def test_a_replica_is_refused_for_writes(tmp_path: Path) -> None:
    with embedded_postgres(tmp_path / "primary"):
        pass
    shutil.copytree(tmp_path / "primary", tmp_path / "replica")
    (tmp_path / "replica" / "postgres" / "standby.signal").touch()
    with embedded_postgres(tmp_path / "replica") as url:
        with pytest.raises(DatabaseUnusable, match=r"is a read-only replica; set REGULARS_DATABASE_URL"):
            answer(url, "select 1")
        assert answer_async(url, "select 1") == ["1"]
