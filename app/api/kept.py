"""A connection that is kept, for a question that is asked all day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Executable, Row
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.deps import Reader, reading


@dataclass(slots=True)
class KeptReader(Reader):
    """A reader that goes on using one connection of the pool, and so spares the ping and the reset of each loan.

    It is for one question at a time. A connection that was lost while nobody asked is opened anew, unnoticed.
    """

    _connection: AsyncConnection | None = field(default=None, init=False)

    async def rows(self, statement: Executable, values: dict[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows of one SELECT; raises DatabaseUnavailable."""
        with reading():
            if self._connection is None:
                return await self._ask(statement, values)
            try:
                return await self._ask(statement, values)
            except DBAPIError:
                return await self._ask(statement, values)

    async def close(self) -> None:
        """Give the connection back; the next question takes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _ask(self, statement: Executable, values: dict[str, Any] | None) -> Sequence[Row[Any]]:
        if self._connection is None:
            self._connection = await self.engine.connect()
        try:
            return (await self._connection.execute(statement, values)).all()
        except BaseException:
            await self.close()
            raise
