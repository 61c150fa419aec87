"""Bounds of the work that a process does at once for slow answers, so that lookups find a connection."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request


@dataclass(frozen=True, slots=True)
class ConcurrencyLimits:
    """Slow answers at once.

    Attributes:
        export_pages: pages read at once, of all streamed exports.
        comparisons: comparisons of two states at once.
    """

    export_pages: int = 4
    comparisons: int = 2


class Slots:
    """Semaphores of slow answers."""

    def __init__(self, limits: ConcurrencyLimits) -> None:
        self.export_pages = asyncio.Semaphore(limits.export_pages)
        self.comparisons = asyncio.Semaphore(limits.comparisons)


async def export_slots(request: Request) -> asyncio.Semaphore:
    """Return the semaphore of the pages of exports."""
    slots: Slots = request.app.state.slots
    return slots.export_pages


async def comparison_slots(request: Request) -> asyncio.Semaphore:
    """Return the semaphore of comparisons."""
    slots: Slots = request.app.state.slots
    return slots.comparisons


ExportSlots = Annotated[asyncio.Semaphore, Depends(export_slots)]
ComparisonSlots = Annotated[asyncio.Semaphore, Depends(comparison_slots)]
