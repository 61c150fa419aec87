"""A connection that is kept, for a question that is asked all day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Executable
from sqlalchemy.engine import Compiled
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement

from app.api.core.dependencies import Reader, reading


@dataclass(slots=True)
class PersistentReader(Reader):
    """A reader that goes on using one connection of the pool, and speaks to its driver.

    It is for one question at a time. A connection that was lost while nobody asked is opened anew, unnoticed.
    """

    _connection: AsyncConnection | None = field(default=None, init=False)
    _cursor: "psycopg.AsyncCursor[Any] | None" = field(default=None, init=False)
    _compiled: dict[Executable, Compiled] = field(default_factory=dict, init=False)

    async def rows(self, statement: Executable, values: dict[str, Any] | None = None) -> Sequence[Any]:
        """All rows of one SELECT, as named tuples; raises DatabaseUnavailable."""
        with reading():
            if self._cursor is None:
                return await self._ask(statement, values)
            try:
                return await self._ask(statement, values)
            except psycopg.Error:
                return await self._ask(statement, values)

    async def close(self) -> None:
        """Close the connection; the next question opens another."""
        connection, self._connection = self._connection, None
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            await cursor.connection.close()
        if connection is not None:
            await connection.invalidate()
            await connection.close()

    async def _ask(self, statement: Executable, values: dict[str, Any] | None) -> Sequence[Any]:
        cursor = self._cursor or await self._open()
        compiled = self._compiled.get(statement) or self._compile(statement)
        try:
            await cursor.execute(compiled.string, compiled.construct_params(values), prepare=True)
            return await cursor.fetchall()
        except BaseException:
            await self.close()
            raise

    async def _open(self) -> "psycopg.AsyncCursor[Any]":
        self._connection = await self.engine.connect()
        driver = (await self._connection.get_raw_connection()).driver_connection
        assert isinstance(driver, psycopg.AsyncConnection)  # noqa: S101  # as the URL of the engine says
        self._cursor = driver.cursor(row_factory=namedtuple_row, binary=True)
        return self._cursor

    def _compile(self, statement: Executable) -> Compiled:
        assert isinstance(statement, ClauseElement)  # noqa: S101  # it says SELECT
        compiled = self._compiled[statement] = statement.compile(dialect=self.engine.dialect)
        return compiled
