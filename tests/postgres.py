"""One embedded PostgreSQL for all test workers; a database of its own for each test that asks."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import psutil
import psycopg
from filelock import FileLock

from app.db.embedded import embedded_postgres
from app.db.engine import make_engine, url_of
from app.db.migrate import migrate

TEMPLATE = "regulars_template"
SETTINGS = {
    **dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit"), "off"),
    "autovacuum": "off",
    "file_copy_method": "clone",
}
"""Without syncs a killed process loses nothing, only a machine without power. A test ends before a vacuum is due.
The kernel copies the files of a database.
"""
COPY = "strategy file_copy"
"""Copied as files, a database is created and dropped in half the time of one written to the log page by page."""
MEMORY = Path("/dev/shm")  # noqa: S108  # mkdtemp makes a folder of its own in it
SESSIONS = "regulars-server"
ADMINISTRATORS: dict[str, psycopg.Connection] = {}
"""An open connection by the URL of the server: a connection takes a third of the time of a database."""
ABANDONED_SECONDS = 3600
MEMORY_BYTES = 2 * 1024**3
"""Free space that the server's folder needs, a multiple of its largest size in a run."""


def make_server_folder() -> Path:
    """A new folder for the server, in memory if there is room; old ones of processes that were killed are removed.

    Each database has 400 files. On ext4 without a journal, files of a new one cost a second once some were dropped.
    """
    for left in MEMORY.glob(f"{SESSIONS}-*"):
        is_old = time.time() - left.stat().st_mtime > ABANDONED_SECONDS
        if is_old and not psutil.pid_exists(int(left.name.split("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK | os.X_OK)
    in_memory = usable and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES
    return Path(mkdtemp(prefix=f"{SESSIONS}-{os.getpid()}-", dir=MEMORY if in_memory else None))


@contextmanager
def shared_server(folder: Path) -> Iterator[str]:
    """URL of the server; the first worker starts it and migrates the template, the last one stops it."""
    with embedded_postgres(folder) as url:
        with FileLock(folder / "template.lock"), _administering(url) as admin:
            if not _exists(admin, TEMPLATE):
                for setting, value in SETTINGS.items():
                    admin.execute(f"alter system set {setting} = {value}")
                admin.execute("select pg_reload_conf()")
                admin.execute(f'create database "{TEMPLATE}"')
                engine = make_engine(named(url, TEMPLATE))
                migrate(engine)
                engine.dispose()
        yield url


@contextmanager
def administered(url: str) -> Iterator[None]:
    """Keep a connection open that creates and drops databases."""
    with _administering(url) as ADMINISTRATORS[url]:
        yield
    del ADMINISTRATORS[url]


@contextmanager
def fresh_database(url: str, template: str = TEMPLATE) -> Iterator[str]:
    """URL of a new database, a copy of the template, that goes with the test."""
    name = f"test_{uuid4().hex}"
    _administer(url, f'create database "{name}" template "{template}" {COPY}')
    yield named(url, name)
    _administer(url, f'drop database "{name}" with (force)')


def named(url: str, database: str) -> str:
    """The same server, another database."""
    return url_of(url).set(database=database).render_as_string(hide_password=False)


@contextmanager
def _administering(url: str) -> Iterator[psycopg.Connection]:
    """A connection of the driver's own: an engine asks the server five things before the first statement."""
    plain = url_of(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        yield connection


def _administer(url: str, statement: str) -> None:
    """Run a statement on the server's open connection, or on a new one if the server has none."""
    if url in ADMINISTRATORS:
        ADMINISTRATORS[url].execute(statement)
    else:
        with _administering(url) as admin:
            admin.execute(statement)


def _exists(admin: psycopg.Connection, name: str) -> bool:
    return admin.execute("select from pg_database where datname = %s", [name]).fetchone() is not None
