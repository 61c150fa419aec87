"""Engines, and the one place where the driver's errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.db.deadlines import DEFAULT_DEADLINES, DeadlineConnection, ReadDeadlines
from app.errors import DatabaseUnavailable, DatabaseUnusable, Misconfigured

OLDEST_POSTGRES = 16
OPTIONS = "-c timezone=utc -c datestyle=iso -c jit=off"
HUNG = {"tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
"""A server that is gone without a word is given up within a quarter of a minute; milliseconds, then seconds."""
REFUSED_LOGIN = ("28", "3D")  # SQLSTATE classes: invalid authorisation, no such database
TOO_LARGE = "54"  # a row or value beyond a limit of PostgreSQL's


def url_of(database_url: str) -> URL:
    """A SQLAlchemy URL for psycopg 3; raises Misconfigured for anything that is not PostgreSQL."""
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise Misconfigured("REGULARS_DATABASE_URL is not a URL; write postgresql://user@host/database") from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise Misconfigured(f"REGULARS_DATABASE_URL names {url.get_backend_name()}; Regulars needs PostgreSQL")
    return url.set(drivername="postgresql+psycopg")


def make_engine(database_url: str) -> Engine:
    """The sync engine of the pipeline; sessions speak UTC."""
    return create_engine(
        url_of(database_url),
        pool_size=6,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 10, **HUNG, "options": OPTIONS, "application_name": "regulars"},
    )


def make_async_engine(
    database_url: str, pool_size: int = 16, deadlines: ReadDeadlines = DEFAULT_DEADLINES
) -> AsyncEngine:
    """Make the async engine of the API: autocommit, one SELECT per answer, deadlines for each."""
    return create_async_engine(
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
            **HUNG,
            "options": OPTIONS,
            "application_name": "regulars-api",
        },
    )


@contextmanager
def translated() -> Iterator[None]:
    """Driver errors raised inside, and connections that are all busy, become DatabaseUnavailable or DatabaseUnusable;
    others pass.
    """
    try:
        yield
    except PoolExhausted:
        raise DatabaseUnavailable("every connection is busy") from None
    except (DBAPIError, psycopg.Error) as error:
        if is_down(error):
            raise _ours(error) from error
        raise


def is_down(error: Exception) -> bool:
    """Whether an error speaks of the database as a whole, not of the statement: COPY raises the driver's own."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = error.orig if isinstance(error, OperationalError) else error
    return isinstance(cause, psycopg.OperationalError) and not (cause.sqlstate or "").startswith(TOO_LARGE)


def _ours(error: DBAPIError | psycopg.Error) -> DatabaseUnavailable | DatabaseUnusable:
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = str(cause).strip().splitlines()[0] if str(cause).strip() else "no answer"
    state = getattr(cause, "sqlstate", None) or ""
    refused = state.startswith(REFUSED_LOGIN) or any(
        words in str(cause) for words in ("authentication failed", "does not exist", "no password supplied")
    )
    if refused:
        return DatabaseUnusable(f"PostgreSQL refused us: {said}; check REGULARS_DATABASE_URL")
    return DatabaseUnavailable(f"PostgreSQL does not answer: {said}")


def check_version(engine: Engine) -> int:
    """The server's major version; raises DatabaseUnusable below 16."""
    with translated(), engine.connect() as connection:
        driver = connection.connection.driver_connection
        major = driver.info.server_version // 10_000 if isinstance(driver, psycopg.Connection) else 0
    if major < OLDEST_POSTGRES:
        raise DatabaseUnusable(f"PostgreSQL {major} is too old: Regulars needs {OLDEST_POSTGRES} or newer")
    return major
