"""The database that a command works on."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from app.db.engine import make_engine
from app.db.migrate import check_migrated, migrate
from app.db.opened import open_database
from app.pipeline.erasure.key import make_key
from app.settings import Settings


@contextmanager
def opened_engine(settings: Settings, *, migrates: bool = False) -> Iterator[Engine]:
    """An engine on a migrated database: the embedded one is migrated here, yours where the command says so."""
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
