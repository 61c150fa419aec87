"""Checks and settings of every new database session, the same for sync and async engines."""

from typing import Any, Final

import psycopg
from sqlalchemy import Engine, event

from app.errors import DatabaseUnusable

SETTINGS: Final = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "jit": "off",
}
"""Settings that affect results or cancel statements; they override server, database, role and environment (PGTZ)."""
VERSION_17: Final = 17_00_00
SETTINGS_17: Final = {"transaction_timeout": "0"}
"""Settings of version 17 and newer."""


def prepare_sessions(engine: Engine, *, writes: bool) -> None:
    """Check and set up each new connection of the engine.

    Args:
        engine: sync or async engine.
        writes: whether to refuse a read-only server.

    Connections raise DatabaseUnusable for a refused server, and for an encoding other than UTF-8.
    """

    # Inserted before SQLAlchemy's own initialisation, which expects text, not bytes.
    @event.listens_for(engine, "connect", insert=True)
    def prepare(connection: Any, _record: object) -> None:
        driver: psycopg.Connection[Any] | psycopg.AsyncConnection[Any] = getattr(
            connection, "driver_connection", connection
        )
        try:
            _check(driver.info, writes=writes)
            _set(connection, driver.info.server_version)
        except BaseException:
            connection.close()
            raise


def _check(info: psycopg.ConnectionInfo, *, writes: bool) -> None:
    """Check the parameters reported by PostgreSQL at the start of a session, without a query."""
    encoding = info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnusable(
            f"database {info.dbname} is encoded in {encoding}; create one with: "
            "create database … encoding 'UTF8' template template0"
        )
    if writes and info.parameter_status("in_hot_standby") == "on":
        raise DatabaseUnusable(f"{info.host} is a read-only replica; set REGULARS_DATABASE_URL to the primary")
    if writes and info.parameter_status("default_transaction_read_only") == "on":
        raise DatabaseUnusable(
            f"database {info.dbname} is read-only; set default_transaction_read_only = off for it or its role"
        )


def _set(connection: Any, server_version: int) -> None:
    settings = SETTINGS | (SETTINGS_17 if server_version >= VERSION_17 else {})
    assignments = ", ".join(["set_config(%s, %s, false)"] * len(settings))
    cursor = connection.cursor()
    cursor.execute(f"select {assignments}", [text for setting in settings.items() for text in setting])
    cursor.close()
    connection.commit()
