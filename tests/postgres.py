"""One embedded PostgreSQL for all test workers; a database of its own for each test that asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock
from sqlalchemy import text

from app.db.embedded import embedded_postgres
from app.db.engine import make_engine, url_of
from app.db.migrate import migrate

TEMPLATE = "regulars_template"
WITHOUT_SYNC = ("fsync", "full_page_writes")


@contextmanager
def shared_server(folder: Path) -> Iterator[str]:
    """URL of the server; the first worker starts it and migrates the template, the last one stops it."""
    with embedded_postgres(folder) as url:
        with FileLock(folder / "template.lock"):
            if not _exists(url, TEMPLATE):
                for setting in WITHOUT_SYNC:  # a killed process loses nothing by it, only a machine without power
                    _run(url, f"alter system set {setting} = off")
                _run(url, "select pg_reload_conf()")
                _run(url, f'create database "{TEMPLATE}"')
                engine = make_engine(named(url, TEMPLATE))
                migrate(engine)
                engine.dispose()
        yield url


@contextmanager
def fresh_database(url: str, template: str = TEMPLATE) -> Iterator[str]:
    """URL of a new database, a copy of the template, that goes with the test."""
    name = f"test_{uuid4().hex}"
    _run(url, f'create database "{name}" template "{template}"')
    yield named(url, name)
    _run(url, f'drop database "{name}" with (force)')


def named(url: str, database: str) -> str:
    """The same server, another database."""
    return url_of(url).set(database=database).render_as_string(hide_password=False)


def _exists(url: str, name: str) -> bool:
    engine = make_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("select 1 from pg_database where datname = :name"), {"name": name})
        exists = found.one_or_none() is not None
    engine.dispose()
    return exists


def _run(url: str, statement: str) -> None:
    engine = make_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()
