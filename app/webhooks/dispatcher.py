"""Delivers beside the jobs of a worker: what is due goes out from a loop of its own.

Any worker delivers, whether it leads or not: a claim belongs to one at a time, and what is sent twice is the same
event. Every endpoint has two places of its own, and there are only so many endpoints: a receiver that is slow or dead
takes no place of another's.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine

from app.errors import RegularsError
from app.settings import Settings
from app.webhooks import delivery_queue
from app.webhooks.outbox import CHANNEL
from app.webhooks.sender import Outcome, Sender, Sending

log = logging.getLogger("regulars.webhooks")
IDLE_SECONDS = 60.0
RETRY_SECONDS = 10.0
GRACE_SECONDS = 1.0
SWEEP_SECONDS = 3_600.0
UNFORESEEN = Outcome(error="not sent: an error of this program; its log says more")
Given = TypeVar("Given")


class Deliverer:
    """Sends what is due until it is stopped; wakes by NOTIFY, when something falls due, and when a place comes free."""

    def __init__(self, engine: Engine, sender: Sender, keep_days: int) -> None:
        self._engine, self._sender, self._keep_days = engine, sender, keep_days
        self._url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._in_flight: dict[asyncio.Task[None], Sending] = {}
        self._swept_at = float("-inf")
        # The database sees two connections of ours and one that listens, however many are told at once.
        self._database = ThreadPoolExecutor(2, thread_name_prefix="webhooks")

    def stop(self) -> None:
        """Take nothing more, and break off what has not ended in a moment; from any thread."""
        self._stopping = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Deliver until stopped; a database that is away is waited for."""
        self._loop = asyncio.get_running_loop()
        listening = asyncio.create_task(self._listen())
        try:
            async with self._sender:
                while not self._stopping:
                    await self._round()
                await self._complete()
        finally:
            listening.cancel()
            await asyncio.wait([listening])
            self._database.shutdown()

    async def _round(self) -> None:
        self._wake.clear()
        wait: float | None = None
        try:
            claimed = await self._in_database(delivery_queue.claim, self._engine)
            for sending in claimed:
                self._send(sending)
            await self._sweep()
            if not claimed:  # else the end of an attempt wakes us
                wait = await self._in_database(delivery_queue.seconds_to_wait, self._engine)
        except RegularsError as error:
            log.warning("webhooks wait: %s", error)
            wait = RETRY_SECONDS
        except Exception:  # an error that nobody foresaw ends no worker
            log.exception("webhooks wait")
            wait = RETRY_SECONDS
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), IDLE_SECONDS if wait is None else min(wait, IDLE_SECONDS))

    def _send(self, sending: Sending) -> None:
        task = asyncio.create_task(self._deliver(sending))
        self._in_flight[task] = sending
        task.add_done_callback(self._completed)

    def _completed(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            del self._in_flight[task]
        self._wake.set()

    async def _deliver(self, sending: Sending) -> None:
        try:
            outcome = await self._sender.send(sending)
        except Exception:  # the next attempt may go well, and the others must go on
            log.exception("event %s was not sent", sending.event_id)
            outcome = UNFORESEEN
        try:
            await self._in_database(delivery_queue.record_outcome, self._engine, sending, outcome)
        except Exception as error:  # noqa: BLE001  # the claim runs out, and it is sent again
            log.warning("event %s was sent, which could not be written down: %s", sending.event_id, error)

    async def _complete(self) -> None:
        """Let what is under way end, for a moment; what does not is given back."""
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=GRACE_SECONDS)
        broken = dict(self._in_flight)
        for task in broken:
            task.cancel()
        await asyncio.gather(*broken, return_exceptions=True)
        if broken:
            with suppress(RegularsError):
                await self._in_database(delivery_queue.release, self._engine, list(broken.values()))

    async def _sweep(self) -> None:
        if time.monotonic() >= self._swept_at + SWEEP_SECONDS:
            has_more = await self._in_database(delivery_queue.sweep, self._engine, self._keep_days)
            self._swept_at = self._swept_at if has_more else time.monotonic()

    async def _listen(self) -> None:
        while True:
            with suppress(psycopg.Error, OSError):
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as listening:
                    await listening.execute(f"listen {CHANNEL}")
                    self._wake.set()  # for what was said while nobody listened
                    async for _ in listening.notifies():
                        self._wake.set()
            await asyncio.sleep(RETRY_SECONDS)

    async def _in_database(self, do: Callable[..., Given], *given: Any) -> Given:
        return await asyncio.get_running_loop().run_in_executor(self._database, do, *given)


@contextmanager
def delivering(engine: Engine, settings: Settings) -> Iterator[None]:
    """Deliver from a thread of its own while the context lasts. Raises Misconfigured."""
    sender = Sender(settings.webhook_allow_private)
    deliverer = Deliverer(engine, sender, settings.webhooks_retention_days)
    thread = threading.Thread(target=lambda: asyncio.run(deliverer.run()), name="webhooks")
    thread.start()
    try:
        yield
    finally:
        deliverer.stop()
        thread.join()
