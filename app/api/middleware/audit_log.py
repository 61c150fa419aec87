"""Background writer of the audit log and of the last use of keys."""

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
from app.access.audit_log import AuditRecord, write
from app.api.core.dependencies import storable
from app.api.core.grant import Grant
from app.api.core.route_table import Operation
from app.api.middleware.api_keys import ApiKeys
from app.api.middleware.request_ids import request_id
from app.errors import RegularsError

MAX_ADDRESS_CHARACTERS: Final = 64
FAILED: Final = 500
ABORTED: Final = 499  # as proxies log a client that disconnected before the response
log = logging.getLogger("regulars.audit")


@dataclass(frozen=True, slots=True)
class AuditTimings:
    """Timings and sizes of the writer.

    Attributes:
        last_use_seconds: interval between two writes of the last use of keys.
        retry_seconds: pause after a failed write.
        stop_seconds: time to write the remaining entries when the app stops.
        batch: number of entries per transaction.
        max_queued: entries queued while the database is unavailable; beyond it, the oldest are logged as errors.
    """

    last_use_seconds: float = 60.0
    retry_seconds: float = 2.0
    stop_seconds: float = 3.0
    batch: int = 500
    max_queued: int = 10_000


@dataclass(frozen=True, slots=True)
class AuditedRequest:
    """A write request.

    Attributes:
        grant: authorization of its key.
        operation: requested operation.
        path: path as sent.
    """

    grant: Grant
    operation: Operation
    path: str


class AuditLogWriter:
    """Queue and writer of entries; queued entries are written before the app ends.

    Entries that cannot be inserted are logged as errors.
    """

    def __init__(self, keys: ApiKeys, timings: AuditTimings) -> None:
        self._keys, self._timings = keys, timings
        self._entries: deque[AuditRecord] = deque()
        self._used: set[str] = set()
        self._wake = asyncio.Event()
        self._is_stopping = False

    def add(self, entry: AuditRecord) -> None:
        """Queue an entry."""
        if len(self._entries) >= self._timings.max_queued:
            log.error("not written to the audit log: %s", self._entries.popleft())
        self._entries.append(entry)
        self._wake.set()

    @asynccontextmanager
    async def running(self, engine: Engine) -> AsyncIterator[None]:
        """Write entries during the context."""
        task = asyncio.create_task(self._run(engine))
        try:
            yield
        finally:
            self._is_stopping = True
            self._wake.set()
            await asyncio.wait({task}, timeout=self._timings.stop_seconds)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            for entry in self._entries:
                log.error("not written to the audit log: %s", entry)

    async def _run(self, engine: Engine) -> None:
        loop = asyncio.get_running_loop()
        last_use_due, is_written = loop.time() + self._timings.last_use_seconds, True
        while not self._is_stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(last_use_due):
                    await self._wake.wait()
            self._wake.clear()
            is_written = await self._write(engine)
            if loop.time() >= last_use_due:
                await self._write_last_use(engine)
                last_use_due = loop.time() + self._timings.last_use_seconds
            if not is_written and not self._is_stopping:
                await asyncio.sleep(self._timings.retry_seconds)
                self._wake.set()
        if await self._write(engine):
            await self._write_last_use(engine)

    async def _write(self, engine: Engine) -> bool:
        while self._entries:
            entries = [self._entries.popleft() for _ in range(min(len(self._entries), self._timings.batch))]
            try:
                await asyncio.to_thread(write, engine, entries)
            except asyncio.CancelledError:
                self._entries.extendleft(reversed(entries))
                raise
            except RegularsError as error:
                log.warning("audit log not written, retrying: %s", error)
                self._entries.extendleft(reversed(entries))
                return False
            except Exception:  # an entry that cannot be inserted must not block later batches
                log.exception("not written to the audit log: %s", entries)
        return True

    async def _write_last_use(self, engine: Engine) -> None:
        self._used.update(self._keys.take_used())
        if self._used:
            try:
                await asyncio.to_thread(touch_last_used, engine, self._used)
                self._used.clear()
            except Exception as error:  # noqa: BLE001  # retried with the next write
                log.warning("last use of keys not written, retrying: %s", error)

    async def watch(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, request: AuditedRequest) -> None:
        """Pass a request on and queue its entry."""
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
            self.add(_entry(scope, request, status, at))


def _entry(scope: Scope, request: AuditedRequest, status: int, at: datetime) -> AuditRecord:
    client = scope.get("client")
    return AuditRecord(
        at=at,
        request_id=request_id(),
        key_id=request.grant.key_id,
        method=scope["method"],
        path=request.operation.path,
        parameters=request.operation.audited_parameters(request.path),
        status=status,
        client=storable(client[0])[:MAX_ADDRESS_CHARACTERS] if client else None,
    )
