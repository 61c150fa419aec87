"""LISTEN for PostgreSQL notifications, with reconnection."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from sqlalchemy.engine import URL


@dataclass(frozen=True, slots=True)
class ListenTimings:
    """Pauses of a listener.

    Attributes:
        retry_seconds: pauses before the first, second, … reconnection; the last one repeats.
    """

    retry_seconds: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0)


DEFAULT_TIMINGS: Final = ListenTimings()


async def listen(
    url: URL, channel: str, notified: Callable[[], object], timings: ListenTimings = DEFAULT_TIMINGS
) -> None:
    """Call `notified` for each notification of a channel, until cancelled.

    `notified` is also called after each connection, because notifications may have been missed.
    """
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    failures = 0
    while True:
        with suppress(psycopg.Error, OSError):
            async with await _connect(conninfo) as connection:
                await connection.execute(f"listen {channel}")
                failures = 0
                notified()
                async for _ in connection.notifies():
                    notified()
        await asyncio.sleep(timings.retry_seconds[min(failures, len(timings.retry_seconds) - 1)])
        failures += 1


async def _connect(conninfo: str) -> "psycopg.AsyncConnection[Any]":
    connecting = asyncio.create_task(psycopg.AsyncConnection.connect(conninfo, autocommit=True, connect_timeout=5))
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:  # a connection that is being opened has to be closed too
        with suppress(psycopg.Error, OSError):
            await (await connecting).close()
        raise


@contextmanager
def listening(
    url: URL, channel: str, notified: Callable[[], object], timings: ListenTimings = DEFAULT_TIMINGS
) -> Iterator[None]:
    """Listen in a thread during the context; `notified` is called in that thread."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(listen(url, channel, notified, timings))

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    thread = threading.Thread(target=run, name=f"listen {channel}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
