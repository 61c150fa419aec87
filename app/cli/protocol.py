"""HTTP connections of `regulars serve`, bounded in size, time and number.

The only module that uses internals of uvicorn: it overrides methods of its protocol class and parser callbacks, which
are not documented. uvicorn's own options limit idle time between two requests, but neither the time for an incomplete
head or body nor the number of connections.
"""

import asyncio
import math
import resource
from dataclasses import dataclass
from typing import Literal

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Bounds of the connections of a server.

    Attributes:
        max_head_bytes: size of the request line and the headers.
        head_seconds: time for a complete head, from the connection or from the first byte of a further request.
        body_seconds: time for a complete body, from the end of its head.
        check_seconds: interval between two checks of a connection.
        max_connections: open connections; fewer if the limit of open files is lower.
        reserved_files: file descriptors reserved for other files, and for connections accepted at once.
    """

    max_head_bytes: int = 512 * 1024
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    check_seconds: float = 1.0
    max_connections: int = 2_000
    reserved_files: int = 128

    @property
    def connections(self) -> int:
        """Number of open connections that fits the limit of open files."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return self.max_connections if files < 0 else max(16, min(self.max_connections, files - self.reserved_files))


class BoundedProtocol(HttpToolsProtocol):
    """Connection with limits: it is closed if the client is too slow, or sends too large a head.

    Above the limit of connections, the connection that has waited longest for its client is closed.
    """

    limits = ConnectionLimits()
    max_connections = limits.connections
    _head_bytes: float = 0
    _expected: Literal["head", "body"] | None = "head"
    """Part of a request expected from the client; None while the app handles a request."""
    _since = 0.0
    _deadline = math.inf
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Admit the connection."""
        super().connection_made(transport)
        self._expect("head", self.limits.head_seconds)
        self._check_deadline()
        if len(self.connections) > self.max_connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the checks."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Process received bytes, unless the head is too large."""
        if self._expected == "head" and self._deadline == math.inf:
            self._expect("head", self.limits.head_seconds)
        self._head_bytes += len(data)
        if self._head_bytes > self.limits.max_head_bytes:
            self.send_400_response("The head of the request is too large.")
            return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Expect the body."""
        self._head_bytes = -math.inf
        self._expect("body", self.limits.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect nothing until the response is sent; further bytes belong to the head of another request."""
        self._head_bytes = 0
        self._expect("head" if self.cycle.response_complete else None, math.inf)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Expect the next head, unless a pipelined request is waiting."""
        super().on_response_complete()
        if self.timeout_keep_alive_task is not None:
            self._expect("head", math.inf)  # uvicorn closes it after timeout_keep_alive

    def _expect(self, part: Literal["head", "body"] | None, seconds: float) -> None:
        self._expected, self._since = part, self.loop.time()
        self._deadline = self._since + seconds

    def _check_deadline(self) -> None:
        if self.transport.is_closing():
            return
        left = self._deadline - self.loop.time()
        if left > 0:
            self._watch = self.loop.call_later(min(left, self.limits.check_seconds), self._check_deadline)
        elif self._expected == "body" and not self.cycle.response_started:
            self._refuse(b"408 Request Timeout")
        else:
            self.transport.close()

    def _make_room(self) -> None:
        waiting = [each for each in self.connections if isinstance(each, BoundedProtocol) and each.is_waiting(self)]
        if waiting:
            min(waiting, key=lambda each: each._since).transport.abort()  # noqa: SLF001  # of the same class
        else:
            self._refuse(b"503 Service Unavailable\r\nretry-after: 1")

    def is_waiting(self, newcomer: "BoundedProtocol") -> bool:
        """Return whether the connection waits for its client and may be closed."""
        return self is not newcomer and self._expected is not None and not self.transport.is_closing()

    def _refuse(self, status: bytes) -> None:
        self.transport.write(b"HTTP/1.1 %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % status)
        self.transport.close()


def bounded_by(limits: ConnectionLimits) -> type[BoundedProtocol]:
    """Return the protocol class of a server with these limits."""
    members = {"limits": limits, "max_connections": limits.connections}
    return type("BoundedProtocol", (BoundedProtocol,), members)
