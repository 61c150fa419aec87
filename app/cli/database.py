"""Open the database for a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from app.db.engine import make_engine
from app.db.migrate import check_migrated, migrate
from app.db.open import open_database
from app.errors import Misconfigured
from app.settings import Settings
from app.suppression.key import make_key


@contextmanager
def opened_engine(settings: Settings, *, migrates: bool = False, begins: bool = False) -> Iterator[Engine]:
    """Open an engine on a migrated database.

    Args:
        settings: URL of the database, or data directory of the embedded one.
        migrates: whether to migrate the database; the embedded one is always migrated.
        begins: whether to create a missing embedded database.

    Raises:
        Misconfigured: the embedded database is missing and `begins` is false.
    """
    if not begins and has_no_database(settings):
        raise Misconfigured(
            f"there is no database in {settings.data_dir}: set --data-dir to the directory that `regulars up` used, or "
            "set REGULARS_DATABASE_URL"
        )
    with unchecked_engine(settings) as engine:
        if migrates or settings.database_url is None:
            migrate(engine)
            if settings.database_url is None:
                make_key(settings.data_dir)
        else:
            check_migrated(engine)
        yield engine


@contextmanager
def unchecked_engine(settings: Settings) -> Iterator[Engine]:
    """Open an engine on a database with any schema; a missing embedded database is created."""
    with open_database(settings) as url:
        engine = make_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()


def has_no_database(settings: Settings) -> bool:
    """Return whether the settings refer to a missing embedded database."""
    return settings.database_url is None and not (settings.data_dir / "postgres").exists()
