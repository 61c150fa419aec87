"""Database engines, and the translation of driver errors into RegularsError."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.db.deadlines import DEFAULT_DEADLINES, DeadlineConnection, ReadDeadlines
from app.db.session import prepare_sessions
from app.errors import DatabaseUnavailable, DatabaseUnusable

OLDEST_POSTGRES = 16
READ_CONNECTIONS = 16
"""Connections of an async engine at most."""
WRITE_CONNECTIONS = 16
IDLE_WRITE_CONNECTIONS = 6
"""Connections of a sync engine: at most, and kept open."""
CONNECT_ARGS = {
    "client_encoding": "utf8",
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""The last four (in ms, then s) close a connection if the server does not respond for 15 seconds."""
REFUSED_LOGIN = ("28", "3D")  # SQLSTATE classes: invalid authorisation, no such database
PROGRAM_LIMIT_EXCEEDED = "54"  # SQLSTATE class: a row or value beyond a limit of PostgreSQL


def url_of(database_url: str) -> URL:
    """Return the SQLAlchemy URL of a valid PostgreSQL URL, with psycopg 3 as the driver."""
    return make_url(database_url).set(drivername="postgresql+psycopg")


def make_engine(database_url: str) -> Engine:
    """Return the sync engine of the pipeline and of all writes."""
    engine = create_engine(
        url_of(database_url),
        pool_size=IDLE_WRITE_CONNECTIONS,
        max_overflow=WRITE_CONNECTIONS - IDLE_WRITE_CONNECTIONS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 10, "application_name": "regulars", **CONNECT_ARGS},
    )
    prepare_sessions(engine, writes=True)
    return engine


def make_async_engine(
    database_url: str, pool_size: int = READ_CONNECTIONS, deadlines: ReadDeadlines = DEFAULT_DEADLINES
) -> AsyncEngine:
    """Return the async engine of the API's reads: autocommit, one SELECT per answer, with deadlines."""
    engine = create_async_engine(
        url_of(database_url),
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "async_creator_fn": DeadlineConnection.open,
            "statement_seconds": deadlines.statement_seconds,
            "connect_timeout": deadlines.connect_seconds,
            "application_name": "regulars-api",
            **CONNECT_ARGS,
        },
    )
    prepare_sessions(engine.sync_engine, writes=False)
    return engine


@contextmanager
def translate_db_errors() -> Iterator[None]:
    """Translate driver errors into DatabaseUnavailable or DatabaseUnusable if the whole database is affected; raise
    other errors unchanged.
    """
    try:
        yield
    except PoolExhausted:
        raise DatabaseUnavailable("every connection is busy") from None
    except (DBAPIError, psycopg.Error) as error:
        if is_down(error):
            raise _database_error(error) from error
        raise


def is_down(error: Exception) -> bool:
    """Return whether an error affects the whole database, not only the statement."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = error.orig if isinstance(error, OperationalError) else error
    return isinstance(cause, psycopg.OperationalError) and not (cause.sqlstate or "").startswith(PROGRAM_LIMIT_EXCEEDED)


def _database_error(error: DBAPIError | psycopg.Error) -> DatabaseUnavailable | DatabaseUnusable:
    cause = error.orig if isinstance(error, DBAPIError) else error
    message = str(cause).strip().splitlines()[0] if str(cause).strip() else "no answer"
    state = getattr(cause, "sqlstate", None) or ""
    refused = state.startswith(REFUSED_LOGIN) or any(
        words in str(cause) for words in ("authentication failed", "does not exist", "no password supplied")
    )
    if refused:
        return DatabaseUnusable(f"PostgreSQL refused the login: {message}; check REGULARS_DATABASE_URL")
    return DatabaseUnavailable(f"PostgreSQL does not answer: {message}")


def check_version(engine: Engine, oldest: int = OLDEST_POSTGRES) -> int:
    """Return the server's major version; raises DatabaseUnusable below the oldest one that is supported."""
    with translate_db_errors(), engine.connect() as connection:
        driver = connection.connection.driver_connection
        major = driver.info.server_version // 10_000 if isinstance(driver, psycopg.Connection) else 0
    if major < oldest:
        raise DatabaseUnusable(f"PostgreSQL {major} is too old: Regulars needs {oldest} or newer")
    return major
