"""A receiver of webhooks on loopback that answers as it is told to, and remembers what it was sent."""

import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

OK, DROP, NEVER, HUGE, DRIP, PAIR = 200, "drop", "never", "huge", "drip", "pair"
Answer = int | str


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> Any:
        """Its content, by the library that receivers use; raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """answers: what it answers next, each once; then `otherwise`. A text that is an address is redirected to.

    PAIR is answered by 200 once another request is there that waits for the same. retry_after stands in every answer.
    """

    port: int = 0
    scheme: str = "http"
    answers: deque[Answer] = field(default_factory=deque)
    otherwise: Answer = OK
    retry_after: str | None = None
    received: list[Received] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    pair: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=30))

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook?a=1"

    @property
    def ids(self) -> list[str]:
        """The webhook-id of each request."""
        return [each.headers["webhook-id"] for each in self.received]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers["Content-Length"])
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Received(handler.path, headers, handler.rfile.read(length))
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.received.append(request)
            said = self.answers.popleft() if self.answers else self.otherwise
        with suppress(OSError):
            self._keep(handler, said)
        with self.lock:
            self.at_once -= 1  # before the client knows: its next request does not come beside this one
        with suppress(OSError):
            self._say(handler, OK if said == PAIR else said)

    def _keep(self, handler: BaseHTTPRequestHandler, said: Answer) -> None:
        handler.close_connection = True
        if said == PAIR:
            self.pair.wait()
        elif said == NEVER:
            self.ending.wait()
        elif said == DRIP:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.ending.wait(0.02):
                handler.wfile.write(b"X-More: and more\r\n")
        elif said == HUGE:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not self.ending.is_set():
                handler.wfile.write(b"a" * 65_536)

    def _say(self, handler: BaseHTTPRequestHandler, said: Answer) -> None:
        if said not in (DROP, NEVER, HUGE, DRIP):
            redirected = isinstance(said, str)
            handler.send_response(302 if redirected else int(said))
            if redirected:
                handler.send_header("Location", str(said))
            if self.retry_after is not None:
                handler.send_header("Retry-After", self.retry_after)
            handler.end_headers()
            handler.wfile.write(b"thanks\0")


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver(scheme="https" if context else "http")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            receiver.answer(self)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that left early."""

        def get_request(self) -> Any:
            connection, address = super().get_request()
            if context is not None:
                try:
                    connection = context.wrap_socket(connection, server_side=True)
                except OSError:
                    connection.close()
                    raise
            return connection, address

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.ending.set()
            server.shutdown()
            thread.join()
