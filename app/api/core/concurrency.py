"""Concurrency limits of expensive reads, so that lookups find a free connection and thread."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any, Self, TypeVar

from fastapi import Depends, Request

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ConcurrencyLimits:
    """Limits of one process.

    Attributes:
        export_pages: pages of all exports that are read at the same time.
        comparisons: comparisons of two snapshots that run at the same time.
    """

    export_pages: int = 4
    comparisons: int = 2


@dataclass(frozen=True, slots=True)
class Slots:
    """Semaphores that hold the limits, and the queries that end even if their client has disconnected."""

    export_pages: asyncio.Semaphore
    comparisons: asyncio.Semaphore
    _pending: set["asyncio.Task[Any]"] = field(default_factory=set)

    @classmethod
    def from_limits(cls, limits: ConcurrencyLimits) -> Self:
        """Make the semaphores of these limits."""
        return cls(asyncio.Semaphore(limits.export_pages), asyncio.Semaphore(limits.comparisons))

    def begin(self, query: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        """Start a query that is not cancelled with its request: to cancel it would close the connection."""
        task = asyncio.create_task(query)
        self._pending.add(task)
        task.add_done_callback(self._end)
        return task

    async def finish(self) -> None:
        """Wait for the queries that were started."""
        if self._pending:
            await asyncio.wait(self._pending)

    def _end(self, task: "asyncio.Task[Any]") -> None:
        self._pending.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, because asyncio logs errors that are not


async def slots(request: Request) -> Slots:
    """Return the slots that the app was started with."""
    found: Slots = request.app.state.slots
    return found


ReadSlots = Annotated[Slots, Depends(slots)]
