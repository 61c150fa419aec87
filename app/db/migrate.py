"""Migration of a database to the schema of this version."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from app.db.engine import OLDEST_POSTGRES, check_version, translate_db_errors
from app.errors import DatabaseUnusable

PACKAGE = Path(__file__).resolve().parents[1]


def migrate(engine: Engine, oldest: int = OLDEST_POSTGRES) -> str:
    """Apply pending migrations and return the current revision; raises DatabaseUnusable for an older server."""
    check_version(engine, oldest)
    config = migration_config()
    with translate_db_errors(), engine.connect() as connection:
        # Concurrent migrations would create tables twice: the second one waits and finds nothing to do.
        connection.execute(text("select pg_advisory_lock(hashtext('regulars.migrate'))"))
        _refuse_newer(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        connection.invalidate()  # the lock ends with its session
    return _head(config)


def check_migrated(engine: Engine, oldest: int = OLDEST_POSTGRES) -> None:
    """Raise DatabaseUnusable if the schema belongs to another version, or for an older server."""
    check_version(engine, oldest)
    _, expected = _known_revisions()
    with translate_db_errors(), engine.connect() as connection:
        _refuse_newer(connection)
        found = _current(connection)
    if found != expected:
        raise DatabaseUnusable(
            f"the database schema is at {found or 'nothing'}, this version needs {expected}; run: regulars migrate"
        )


def _refuse_newer(connection: Connection) -> None:
    found = _current(connection)
    known, _ = _known_revisions()
    if found is not None and found not in known:
        raise DatabaseUnusable(
            f"the database schema is at {found}, which is unknown to this version: it was migrated by a newer "
            "version; upgrade regulars"
        )


@cache
def _known_revisions() -> tuple[frozenset[str], str]:
    """Return the revisions of this version and the newest of them; their scripts are read once per process."""
    config = migration_config()
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return frozenset(script.revision for script in scripts), _head(config)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": "schema_version"}).get_current_revision()


def migration_config() -> Config:
    """Return the configuration of Alembic with the scripts of this version."""
    config = Config()
    inside = PACKAGE / "migrations"  # in a wheel; beside the package in a checkout
    config.set_main_option("script_location", str(inside if inside.is_dir() else PACKAGE.parent / "migrations"))
    return config


def _head(config: Config) -> str:
    return ScriptDirectory.from_config(config).get_current_head() or ""
