"""Dispatcher of webhook deliveries: a loop that runs concurrently with the jobs of a worker.

All workers deliver, not only the leader: a claim belongs to one worker at a time, and a repeated delivery has the same
event id. Attempts in progress are limited per endpoint, so that a slow receiver does not delay others.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import Engine

from app.db.listen import ListenTimings, listen
from app.errors import RegularsError
from app.settings import Settings
from app.webhooks import delivery_queue
from app.webhooks.delivery_queue import DeliveryPolicy
from app.webhooks.outbox import WEBHOOKS_CHANNEL
from app.webhooks.sender import Outcome, Sender, SenderTimings, Sending

log = logging.getLogger("regulars.webhooks")
INTERNAL_ERROR: Final = Outcome(error="not sent: an internal error; see the worker's log")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class DispatcherTimings:
    """Timings and limits of the dispatcher.

    Attributes:
        idle_seconds: longest pause between two checks of the queue.
        retry_seconds: pause after an error, such as an unavailable database.
        grace_seconds: time for attempts in progress to end after `stop`.
        sweep_seconds: interval between two deletions of expired events.
        delivery: limits and delays of deliveries.
        sender: timeouts of an attempt.
        listen: timings of the listener for notifications.
    """

    idle_seconds: float = 60.0
    retry_seconds: float = 10.0
    grace_seconds: float = 1.0
    sweep_seconds: float = 3_600.0
    delivery: DeliveryPolicy = field(default_factory=DeliveryPolicy)
    sender: SenderTimings = field(default_factory=SenderTimings)
    listen: ListenTimings = field(default_factory=ListenTimings)


DEFAULT_TIMINGS: Final = DispatcherTimings()


class Dispatcher:
    """Loop that sends due deliveries; it wakes up by NOTIFY, for a due delivery, and at the end of an attempt."""

    def __init__(self, engine: Engine, sender: Sender, retention_days: int, timings: DispatcherTimings) -> None:
        self._engine, self._sender, self._retention_days, self._timings = engine, sender, retention_days, timings
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._in_flight: dict[asyncio.Task[None], Sending] = {}
        self._swept_at = float("-inf")
        # Two connections and a listening one, for any number of attempts in progress.
        self._database = ThreadPoolExecutor(2, thread_name_prefix="webhooks")

    def stop(self) -> None:
        """Stop claiming deliveries, and interrupt attempts after the grace period; can be called from any thread."""
        self._stopping = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Deliver until stopped; retry while the database is unavailable."""
        self._loop = asyncio.get_running_loop()
        listening = asyncio.create_task(
            listen(self._engine.url, WEBHOOKS_CHANNEL, self._wake.set, self._timings.listen)
        )
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
        policy = self._timings.delivery
        try:
            claimed = await self._in_database(delivery_queue.claim, self._engine, None, policy)
            for sending in claimed:
                self._send(sending)
            await self._sweep()
            if not claimed:  # otherwise the end of an attempt wakes the loop
                wait = await self._in_database(delivery_queue.seconds_to_wait, self._engine)
        except RegularsError as error:
            log.warning("webhook deliveries paused for %g s: %s", self._timings.retry_seconds, error)
            wait = self._timings.retry_seconds
        except Exception:  # an unexpected error must not end the worker
            log.exception("webhook deliveries paused for %g s", self._timings.retry_seconds)
            wait = self._timings.retry_seconds
        idle = self._timings.idle_seconds
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), idle if wait is None else min(wait, idle))

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
        except Exception as error:  # noqa: BLE001  # the next attempt may succeed, and the others must continue
            # Without its text or traceback, which may hold the URL or a secret.
            log.error("event %s was not sent: internal error %s", sending.event_id, type(error).__name__)  # noqa: TRY400
            outcome = INTERNAL_ERROR
        policy = self._timings.delivery
        try:
            await self._in_database(delivery_queue.record_outcome, self._engine, sending, outcome, None, policy)
        except Exception as error:  # noqa: BLE001  # the claim expires, and the event is sent again
            log.warning("event %s was sent, its outcome was not recorded: %s", sending.event_id, error)

    async def _complete(self) -> None:
        """Wait for the attempts in progress during the grace period; release the others."""
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=self._timings.grace_seconds)
        interrupted = dict(self._in_flight)
        for task in interrupted:
            task.cancel()
        await asyncio.gather(*interrupted, return_exceptions=True)
        if interrupted:
            with suppress(RegularsError):
                await self._in_database(delivery_queue.release, self._engine, list(interrupted.values()))

    async def _sweep(self) -> None:
        if time.monotonic() >= self._swept_at + self._timings.sweep_seconds:
            arguments = (self._engine, self._retention_days, None, self._timings.delivery)
            has_more = await self._in_database(delivery_queue.sweep, *arguments)
            self._swept_at = self._swept_at if has_more else time.monotonic()

    async def _in_database(self, do: Callable[..., Result], *arguments: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._database, do, *arguments)


@contextmanager
def delivering(engine: Engine, settings: Settings, timings: DispatcherTimings = DEFAULT_TIMINGS) -> Iterator[None]:
    """Deliver in a thread during the context."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its INFO lines contain the URLs
    sender = Sender(settings.webhook_allow_private, timings=timings.sender)
    dispatcher = Dispatcher(engine, sender, settings.webhooks_retention_days, timings)
    thread = threading.Thread(target=lambda: asyncio.run(dispatcher.run()), name="webhooks")
    thread.start()
    try:
        yield
    finally:
        dispatcher.stop()
        thread.join()
