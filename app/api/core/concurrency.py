"""Concurrency limits of expensive reads, so that connections and threads are left for lookups."""

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
        export_pages: concurrent reads of pages of all exports.
        comparisons: concurrent comparisons of two snapshots.
    """

    export_pages: int = 4
    comparisons: int = 2


@dataclass(frozen=True, slots=True)
class Slots:
    """Semaphores of the limits, and the running queries, which continue if their client disconnects."""

    export_pages: asyncio.Semaphore
    comparisons: asyncio.Semaphore
    _pending: set["asyncio.Task[Any]"] = field(default_factory=set)

    @classmethod
    def from_limits(cls, limits: ConcurrencyLimits) -> Self:
        """Create the semaphores of these limits."""
        return cls(asyncio.Semaphore(limits.export_pages), asyncio.Semaphore(limits.comparisons))

    def begin(self, query: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        """Start a query that is not cancelled with its request, because cancelling would close the connection."""
        task = asyncio.create_task(query)
        self._pending.add(task)
        task.add_done_callback(self._end)
        return task

    async def finish(self) -> None:
        """Wait for the running queries."""
        if self._pending:
            await asyncio.wait(self._pending)

    def _end(self, task: "asyncio.Task[Any]") -> None:
        self._pending.discard(task)
        if not task.cancelled():
            task.exception()  # asyncio logs exceptions that are not retrieved


async def slots(request: Request) -> Slots:
    """Return the slots of the app."""
    found: Slots = request.app.state.slots
    return found


ReadSlots = Annotated[Slots, Depends(slots)]
