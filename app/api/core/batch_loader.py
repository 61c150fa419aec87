"""Lookups of requests that wait at the same time, answered by one query."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BatchLoader(Generic[K, V]):
    """While one query is on its way, the keys asked for meanwhile wait for the next, which takes them all.

    One request alone waits for nothing; a thousand cost two queries, not a thousand connections.
    `look_up` is given different keys and answers every one of them, or raises for all.
    """

    def __init__(self, look_up: Callable[[list[K]], Awaitable[Mapping[K, V]]], most: int = 500) -> None:
        self._look_up, self._most = look_up, most
        self._waiting: list[tuple[K, asyncio.Future[V]]] = []
        self._working: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V:
        """What `look_up` has for the key; raises what it raises."""
        answer: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._answer(batch)
        finally:
            self._working = None

    async def _answer(self, batch: list[tuple[K, asyncio.Future[V]]]) -> None:
        try:
            found = await self._look_up(list({key for key, _ in batch}))
        except Exception as error:  # noqa: BLE001  # each request that waits raises it
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for key, answer in batch:
                if not answer.done():  # its client may have gone
                    answer.set_result(found[key])
