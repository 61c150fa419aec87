"""Brings a database to the schema that this version of the program expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from app.db.engine import check_version, translated
from app.errors import DatabaseUnusable

PACKAGE = Path(__file__).resolve().parents[1]


def migrate(engine: Engine) -> str:
    """Apply what is missing and return the revision that stands now; raises DatabaseUnusable below PostgreSQL 16."""
    check_version(engine)
    config = _config()
    with translated(), engine.connect() as connection:
        # Two that migrate at once would make the same table twice: the second waits, and finds it made.
        connection.execute(text("select pg_advisory_lock(hashtext('regulars.migrate'))"))
        _refuse_newer(connection, config)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        connection.invalidate()  # the lock goes with its session
    return _head(config)


def check_migrated(engine: Engine) -> None:
    """Raises DatabaseUnusable where the schema is not the one this version expects."""
    check_version(engine)
    with translated(), engine.connect() as connection:
        _refuse_newer(connection, _config())
        found, expected = _current(connection), _head(_config())
    if found != expected:
        raise DatabaseUnusable(
            f"the database schema is at {found or 'nothing'}, this version needs {expected}; run: regulars migrate"
        )


def _refuse_newer(connection: Connection, config: Config) -> None:
    found = _current(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise DatabaseUnusable(
            f"the database schema is at {found}, which this version does not know: a newer one made it; "
            "upgrade regulars"
        )


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": "schema_version"}).get_current_revision()


def _config() -> Config:
    config = Config()
    inside = PACKAGE / "migrations"  # in a wheel; beside the package in a checkout
    config.set_main_option("script_location", str(inside if inside.is_dir() else PACKAGE.parent / "migrations"))
    return config


def _head(config: Config) -> str:
    return ScriptDirectory.from_config(config).get_current_head() or ""
