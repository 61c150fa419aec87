"""Migrations on a real server: they make the tables, once, without waiting forever."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, text

from app.db.engine import make_engine
from app.db.metadata import SCHEMAS, import_tables, metadata
from app.db.migrate import check_migrated, migrate, migration_config
from app.errors import DatabaseUnusable
from app.jobs.context import Context
from tests.gold.sums import stored_sums
from tests.loading import load, sale
from tests.pipeline.declaring import declaring
from tests.postgres import fresh_database

FOUND = text("""
    select c.oid, c.relfilenode, c.relname
    from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any(:schemas) order by c.oid
""")


RELEASED_RUN = text("""
    insert into pipeline.job_run (run_id, job, scheduled_for, trigger)
    values ('0198c8a2-7d4e-7cc1-b0a5-3f1f6a1c9e57', 'discard', '2026-11-28 03:00+00', 'api')
""")

RELEASED_ROW = text("""
    insert into silver.quarantine (file_id, line_no, source_file, raw, reasons, quarantined_at)
    values (1, 4, 's3://sales/day.csv', '489434,,', '[]', '2026-11-28 03:00+00')
""")


@pytest.fixture
def unmigrated(postgres: str) -> Iterator[Engine]:
    with fresh_database(postgres, template="template0") as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def relations(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(FOUND, {"schemas": list(SCHEMAS)})]


def differences(connection: Connection) -> list[Any]:
    import_tables()
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _: kind != "schema" or name in SCHEMAS,
        "compare_server_default": True,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_the_migrations_make_the_tables_of_the_program(engine: Engine) -> None:
    with engine.connect() as connection:
        assert differences(connection) == []


def test_a_table_that_differs_from_the_program_is_detected(connection: Connection) -> None:
    connection.execute(text("alter table gold.customer_rfm drop column country"))
    assert [change[0] for change in differences(connection)] == ["add_column"]


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    before = relations(engine)
    migrate(engine)
    assert relations(engine) == before


def test_migrations_create_the_expected_schema(unmigrated: Engine) -> None:
    migrate(unmigrated)
    check_migrated(unmigrated)


def test_released_runs_get_the_new_names_of_their_jobs(unmigrated: Engine) -> None:
    with unmigrated.begin() as connection:
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(RELEASED_RUN)
        command.upgrade(config, "head")
        assert connection.execute(text("select job from pipeline.job_run")).scalar_one() == "discard_quarantine"


def test_released_quarantined_rows_are_kept_without_the_address(unmigrated: Engine) -> None:
    with unmigrated.begin() as connection:
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(RELEASED_ROW)
        command.upgrade(config, "head")
        [row] = connection.execute(text("select * from silver.quarantine")).mappings()
        assert (row["line_no"], row["raw"], "source_file" in row) == (4, "489434,,", False)


def test_sums_of_a_loaded_database_are_added_up(context: Context, put: Callable[..., Path]) -> None:
    put(sale(), sale("536366", "", quantity=2), sale("536367", "A", day="2026-03-02"))
    put(sale("536368", "A", day="2026-03-02"), sale("C536369", "A", quantity=-1), day="2026-03-02")
    load(declaring(context, returns="net", columns={"quantity": {"logicalTypeOptions": {}}}))
    with context.engine.begin() as connection:
        loaded = stored_sums(connection)
        assert [len(rows) > 0 for rows in loaded.values()] == [True, True, True]
        connection.execute(text("truncate gold.sales_period, gold.cohort_month, gold.uncounted_sales"))
        connection.execute(text("update gold.customer_invoice set country = null where not is_sale"))
        for statement in ScriptDirectory.from_config(migration_config()).get_revision("0003").module.FILL_SUMS:
            connection.execute(text(statement))
        assert stored_sums(connection) == loaded


def test_a_migration_waits_for_a_lock_no_longer_than_five_seconds(unmigrated: Engine) -> None:
    shown = []

    @event.listens_for(unmigrated, "after_cursor_execute")
    def look(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().lower().startswith("create table bronze."):
            shown.append(connection.exec_driver_sql("show lock_timeout").scalar_one())

    migrate(unmigrated)
    assert shown == ["5s"]


@pytest.mark.parametrize("asked", [migrate, check_migrated])
def test_a_server_that_is_too_old_is_refused(asked: Any, engine: Engine) -> None:
    with pytest.raises(DatabaseUnusable, match=r"^PostgreSQL \d+ is too old: Regulars needs 99 or newer$"):
        asked(engine, oldest=99)


def test_a_server_that_is_too_old_is_not_changed(unmigrated: Engine) -> None:
    with pytest.raises(DatabaseUnusable):
        migrate(unmigrated, oldest=99)
    assert relations(unmigrated) == []


def test_an_unmigrated_database_is_refused_with_the_remedy(unmigrated: Engine) -> None:
    with pytest.raises(DatabaseUnusable, match=r"schema is at nothing, .*; run: regulars migrate$"):
        check_migrated(unmigrated)


@pytest.mark.parametrize("step", [migrate, check_migrated])
def test_a_database_of_a_newer_version_is_refused_with_the_remedy(
    engine: Engine, step: Callable[[Engine], object]
) -> None:
    with engine.begin() as connection:
        connection.execute(text("update schema_version set version_num = 'newer'"))
    with pytest.raises(DatabaseUnusable, match=r"schema is at newer, .*; upgrade regulars$"):
        step(engine)


def test_two_migrations_at_once_make_one_schema(unmigrated: Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        revisions = set(pool.map(lambda _: migrate(unmigrated), range(2)))
    assert len(revisions) == 1
