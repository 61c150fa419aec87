"""HTTP connections of `regulars serve`, bounded in size, time and number.

The one module that uses internals of uvicorn. Its options bound an idle connection between two requests; they bound
neither a client that sends nothing, half a head or half a body, nor the number of connections. The methods that are
overridden here are those of its protocol class and of the parser's callbacks, which uvicorn does not document.
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
        largest_head: bytes of the request line and the headers.
        head_seconds: time for a whole head, from the connection or from the first byte of a further request.
        body_seconds: time for a whole body, from the end of its head.
        check_seconds: interval between two checks of a connection.
        most_connections: open connections; fewer where the process may open fewer files.
        reserved_files: files that the process opens besides, and connections accepted at once.
    """

    largest_head: int = 512 * 1024
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    check_seconds: float = 1.0
    most_connections: int = 2_000
    reserved_files: int = 128

    @property
    def connections(self) -> int:
        """Open connections that the process has files for."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return self.most_connections if files < 0 else max(16, min(self.most_connections, files - self.reserved_files))


class BoundedProtocol(HttpToolsProtocol):
    """Connection that is closed where its client is too slow, sends too large a head, or is one too many.

    Beyond the largest number the connection that has waited longest for its client is closed for the new one.
    """

    limits = ConnectionLimits()
    most_connections = limits.connections
    _head_bytes: float = 0
    _expected: Literal["head", "body"] | None = "head"
    """What the client has to send; None while the app works on a request."""
    _since = 0.0
    _deadline = math.inf
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Admit the connection."""
        super().connection_made(transport)
        self._expect("head", self.limits.head_seconds)
        self._check_deadline()
        if len(self.connections) > self.most_connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the checks."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head is too large."""
        if self._expected == "head" and self._deadline == math.inf:
            self._expect("head", self.limits.head_seconds)
        self._head_bytes += len(data)
        if self._head_bytes > self.limits.largest_head:
            self.send_400_response("The head of the request is too large.")
            return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Expect the body."""
        self._head_bytes = -math.inf
        self._expect("body", self.limits.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect nothing until the answer is sent; bytes that follow are the head of another request."""
        self._head_bytes = 0
        self._expect("head" if self.cycle.response_complete else None, math.inf)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Expect the next head, where no request is waiting in the pipeline."""
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
        """Whether the connection waits for its client and may be closed for another."""
        return self is not newcomer and self._expected is not None and not self.transport.is_closing()

    def _refuse(self, status: bytes) -> None:
        self.transport.write(b"HTTP/1.1 %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % status)
        self.transport.close()


def bounded_by(limits: ConnectionLimits) -> type[BoundedProtocol]:
    """Return the protocol class of a server with these limits."""
    members = {"limits": limits, "most_connections": limits.connections}
    return type("BoundedProtocol", (BoundedProtocol,), members)
