"""Concurrency limits of expensive reads, so that lookups find a free connection and thread."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import Depends, Request


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
    """Semaphores that hold the limits."""

    export_pages: asyncio.Semaphore
    comparisons: asyncio.Semaphore

    @classmethod
    def from_limits(cls, limits: ConcurrencyLimits) -> Self:
        """Make the semaphores of these limits."""
        return cls(asyncio.Semaphore(limits.export_pages), asyncio.Semaphore(limits.comparisons))


async def slots(request: Request) -> Slots:
    """Return the slots that the app was started with."""
    found: Slots = request.app.state.slots
    return found


ReadSlots = Annotated[Slots, Depends(slots)]
