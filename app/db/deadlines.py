"""Deadlines of queries on asynchronous connections, in case the server hangs."""

import asyncio
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

import psycopg
from psycopg.abc import PQGen

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ReadDeadlines:
    """Deadlines of reads.

    Attributes:
        connect_seconds: time to open a connection.
        statement_seconds: time for a statement.
    """

    connect_seconds: int = 5
    statement_seconds: float = 8.0


DEFAULT_DEADLINES: Final = ReadDeadlines()


class DeadlineConnection(psycopg.AsyncConnection[Any]):
    """A connection that is shut down if the server does not answer a statement in time.

    The statement fails as if the server had closed the connection. Cancelling it instead would hang too, because
    psycopg waits for the server to confirm.
    """

    statement_seconds = DEFAULT_DEADLINES.statement_seconds

    @classmethod
    async def open(cls, conninfo: str = "", *, statement_seconds: float, **parameters: Any) -> Self:
        """Connect, with a deadline for each statement."""
        connection = await cls.connect(conninfo, **parameters)
        connection.statement_seconds = statement_seconds
        return connection

    async def wait(self, gen: PQGen[Result], *arguments: Any, **options: Any) -> Result:
        """Wait for the server, until the deadline."""
        deadline = asyncio.get_running_loop().call_later(self.statement_seconds, self._shut_down)
        try:
            return await super().wait(gen, *arguments, **options)
        finally:
            deadline.cancel()

    def _shut_down(self) -> None:
        with suppress(OSError, psycopg.OperationalError), socket.socket(fileno=os.dup(self.fileno())) as connection:
            connection.shutdown(socket.SHUT_RDWR)
