"""What requests leave behind: the audit log of writes, and when keys were used; written beside the answers."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.api_keys import touch_last_used
from app.access.audit_log import Entry, write
from app.api.core.dependencies import storable
from app.api.core.grant import Grant
from app.api.core.route_table import Operation
from app.api.middleware.api_keys import ApiKeys
from app.api.middleware.request_ids import request_id
from app.errors import RegularsError

USE_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 2.0
MOST_AT_ONCE: Final = 500
MOST_WAITING: Final = 10_000
LONGEST_ADDRESS: Final = 64
FAILED: Final = 500
ABORTED: Final = 499  # what proxies log of a client that did not wait for the answer
log = logging.getLogger("regulars.audit")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for which operation, at which path."""

    grant: Grant
    operation: Operation
    path: str


class AuditLog:
    """Writes what was noted as soon as it can; what waits when the app stops is written before it has stopped.

    While the database is away so many entries wait; what is more, and what cannot be written at all, goes to the log.
    """

    def __init__(self, keyring: ApiKeys) -> None:
        self._keyring = keyring
        self._entries: deque[Entry] = deque()
        self._used: set[str] = set()
        self._wake = asyncio.Event()
        self._is_stopping = False

    def note(self, entry: Entry) -> None:
        """Have an entry written."""
        if len(self._entries) >= MOST_WAITING:
            log.error("not written to the audit log: %s", self._entries.popleft())
        self._entries.append(entry)
        self._wake.set()

    @asynccontextmanager
    async def recording(self, writer: Engine) -> AsyncIterator[None]:
        """Write while the context lasts."""
        task = asyncio.create_task(self._record(writer))
        try:
            yield
        finally:
            self._is_stopping = True
            self._wake.set()
            await task
            for entry in self._entries:
                log.error("not written to the audit log: %s", entry)

    async def _record(self, writer: Engine) -> None:
        loop = asyncio.get_running_loop()
        use_at, is_written = loop.time() + USE_SECONDS, True
        while not self._is_stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(use_at):
                    await self._wake.wait()
            self._wake.clear()
            is_written = await self._write(writer)
            if loop.time() >= use_at:
                await self._write_use(writer)
                use_at = loop.time() + USE_SECONDS
            if not is_written and not self._is_stopping:
                await asyncio.sleep(RETRY_SECONDS)
                self._wake.set()
        if await self._write(writer):
            await self._write_use(writer)

    async def _write(self, writer: Engine) -> bool:
        while self._entries:
            entries = [self._entries.popleft() for _ in range(min(len(self._entries), MOST_AT_ONCE))]
            try:
                await asyncio.to_thread(write, writer, entries)
            except RegularsError as error:
                log.warning("the audit log waits: %s", error)
                self._entries.extendleft(reversed(entries))
                return False
            except Exception:  # what the database will never take must not hold up the others
                log.exception("not written to the audit log: %s", entries)
        return True

    async def _write_use(self, writer: Engine) -> None:
        self._used.update(self._keyring.used())
        if self._used:
            try:
                await asyncio.to_thread(touch_last_used, writer, self._used)
                self._used.clear()
            except Exception as error:  # noqa: BLE001  # the next minute makes up for it
                log.warning("when keys were used is not written down: %s", error)

    async def watch(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, asked: Asked) -> None:
        """Have a request answered, and note what came of it."""
        status, at = ABORTED, datetime.now(UTC)

        async def send_watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, send_watched)
        except Exception:
            status = FAILED if status == ABORTED else status
            raise
        finally:
            self.note(_entry(scope, asked, status, at))


def _entry(scope: Scope, asked: Asked, status: int, at: datetime) -> Entry:
    client = scope.get("client")
    return Entry(
        at=at,
        request_id=request_id(),
        key_id=asked.grant.key_id,
        method=scope["method"],
        path=asked.operation.path,
        parameters=asked.operation.audited(asked.path),
        status=status,
        client=storable(client[0])[:LONGEST_ADDRESS] if client else None,
    )
