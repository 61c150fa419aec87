"""The database that a command works on."""

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
    """An engine on a migrated database: the embedded one is migrated here, yours where the command says so.

    begins: whether an embedded one that is not there yet is made. Raises Misconfigured where it is missing.
    """
    if settings.database_url is None and not begins and not (settings.data_dir / "postgres").exists():
        raise Misconfigured(
            f"there is no database in {settings.data_dir}: name the one of `regulars up` by --data-dir, or yours by "
            "REGULARS_DATABASE_URL"
        )
    with open_database(settings) as url:
        engine = make_engine(url)
        try:
            if migrates or settings.database_url is None:
                migrate(engine)
                if settings.database_url is None:
                    make_key(settings.data_dir)
            else:
                check_migrated(engine)
            yield engine
        finally:
            engine.dispose()
