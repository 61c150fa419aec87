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
"""Settings that change results or end statements, whatever server, database, role or environment (PGTZ) say."""
VERSION_17: Final = 17_00_00
SETTINGS_17: Final = {"transaction_timeout": "0"}
"""Added for servers that know them, from that version on."""


def prepare_sessions(engine: Engine, *, writes: bool) -> None:
    """Check and set up each connection that the engine opens.

    writes: whether a server that only reads is refused, with DatabaseUnusable as for another encoding than UTF-8.
    """

    # Before SQLAlchemy's own first look at the connection, which expects texts and not bytes.
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
    """Look at what PostgreSQL reports when a session begins, without a question of our own."""
    encoding = info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnusable(
            f"database {info.dbname} is encoded in {encoding}; create one with: "
            "create database … encoding 'UTF8' template template0"
        )
    if writes and info.parameter_status("in_hot_standby") == "on":
        raise DatabaseUnusable(f"{info.host} is a replica that only reads; name the primary in REGULARS_DATABASE_URL")
    if writes and info.parameter_status("default_transaction_read_only") == "on":
        raise DatabaseUnusable(
            f"database {info.dbname} is read-only; set default_transaction_read_only = off for it or its role"
        )


def _set(connection: Any, server_version: int) -> None:
    settings = SETTINGS | (SETTINGS_17 if server_version >= VERSION_17 else {})
    question = ", ".join(["set_config(%s, %s, false)"] * len(settings))
    cursor = connection.cursor()
    cursor.execute(f"select {question}", [text for setting in settings.items() for text in setting])
    cursor.close()
    connection.commit()
