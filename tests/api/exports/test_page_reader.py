"""Queries of an export whose client disconnects: they end by themselves, so that their connections are kept."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from app.api.core.concurrency import ConcurrencyLimits, Slots
from app.api.exports.stream import PageReader

IDS, ROWS = b"ids", b"rows"


class TwoPages:
    """The statements of an export of two pages."""

    def ids_after(self, after: str) -> tuple[bytes, dict[str, Any]]:
        return IDS, {"after": after}

    def rows_of(self, after: str, ids: list[str]) -> tuple[bytes, dict[str, Any]]:
        return ROWS, {"after": after, "ids": ids}


@dataclass(frozen=True)
class HeldReader(PageReader):
    """A reader whose queries of a kind wait until they are released; begun: a number of them are waiting."""

    held: bytes
    number: int
    waiting: list[bytes]
    begun: asyncio.Event
    released: asyncio.Event
    ended: list[bytes]

    async def fetch(self, sql: bytes, values: dict[str, Any]) -> list[Any]:
        if sql == self.held:
            self.waiting.append(sql)
            if len(self.waiting) == self.number:
                self.begun.set()
            await self.released.wait()
        self.ended.append(sql)
        after = values["after"]
        return [([f"{after}a"] if len(after) < 2 else [],)] if sql == IDS else [(b"row\n", after)]


@pytest.mark.parametrize(("held", "number"), [(IDS, 1), (ROWS, 2)], ids=["ids", "rows"])
def test_queries_end_by_themselves_when_the_client_has_left(held: bytes, number: int) -> None:
    assert asyncio.run(queries_of_a_client_that_leaves(held, number)).count(held) == number


async def queries_of_a_client_that_leaves(held: bytes, number: int) -> list[bytes]:
    slots = Slots.from_limits(ConcurrencyLimits())
    events = (asyncio.Event(), asyncio.Event())
    reader = HeldReader(None, slots, TwoPages(), held, number, [], *events, [])  # type: ignore[arg-type]
    pages = reader.read("")

    async def first_page() -> bytes:
        return await anext(pages)

    download = asyncio.create_task(first_page())
    await asyncio.wait_for(reader.begun.wait(), 10)
    download.cancel()
    with suppress(asyncio.CancelledError):
        await download
    reader.released.set()
    await asyncio.wait_for(slots.finish(), 10)
    return reader.ended
