"""A proxy on loopback before a real store: bytes pass unchanged, but where a test lets something happen."""

import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

SIZE = 64 * 1024
ERROR = "<Error><Code>{code}</Code><Message>of the test</Message></Error>"


@dataclass(frozen=True)
class Exchange:
    """A request in progress: the client's socket, the head of its request, and the address of the store."""

    client: socket.socket
    request: bytes
    store: tuple[str, int]

    def answer(self) -> Iterator[bytes]:
        """The store's answer, as it comes."""
        with socket.socket() as upstream:
            upstream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SIZE)  # the store is not to run far ahead of us
            upstream.connect(self.store)
            # The store closes when it is through: that is where an answer ends. The header is none that is signed.
            upstream.sendall(self.request.removesuffix(b"\r\n") + b"Connection: close\r\n\r\n")
            while piece := upstream.recv(SIZE):
                yield piece

    def pass_on(self) -> None:
        """Answer as the store does."""
        for piece in self.answer():
            self.client.sendall(piece)

    def body_from(self, cut: int) -> tuple[bytes, Iterator[bytes]]:
        """The answer's head and so many bytes of its body; the rest, as it comes."""
        pieces, read = self.answer(), b""
        while b"\r\n\r\n" not in read or len(read.partition(b"\r\n\r\n")[2]) < cut:
            read += next(pieces)
        end = read.index(b"\r\n\r\n") + 4 + cut

        def rest() -> Iterator[bytes]:
            yield read[end:]
            yield from pieces

        return read[:end], rest()


Fault = Callable[[Exchange], None]


@dataclass
class Proxy:
    """Address of the proxy, received requests, and the faults of the next ones."""

    endpoint: str
    store: tuple[str, int]
    asked: list[str] = field(default_factory=list)
    faults: list[tuple[str, Iterator[Fault]]] = field(default_factory=list)

    def on(self, pattern: str, *faults: Fault, always: Fault | None = None) -> None:
        """These happen to the next requests that match, one each; `always` to any one behind them."""

        def each() -> Iterator[Fault]:
            yield from faults
            while always is not None:
                yield always

        self.faults.append((pattern, each()))

    def clear(self) -> None:
        """From now on nothing happens to any request."""
        self.faults.clear()
        self.asked.clear()

    def asked_for(self, pattern: str) -> int:
        """How many requests matched."""
        return sum(re.search(pattern, line) is not None for line in self.asked)

    def serve(self, client: socket.socket) -> None:
        """Answer one request."""
        with client, suppress(OSError):  # a client that gave up
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                if not (piece := client.recv(SIZE)):
                    return
                request += piece
            line = unquote(request.partition(b"\r\n")[0].decode())
            self.asked.append(line)
            self._next(line)(Exchange(client, request, self.store))

    def _next(self, line: str) -> Fault:
        faults = (next(each, None) for pattern, each in self.faults if re.search(pattern, line))
        return next((fault for fault in faults if fault is not None), Exchange.pass_on)


@contextmanager
def proxy(endpoint: str) -> Iterator[Proxy]:
    """A proxy before the store at this endpoint."""
    store = urlsplit(endpoint)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        at = Proxy(f"http://127.0.0.1:{listening.getsockname()[1]}", (store.hostname or "", store.port or 0))
        threads: list[threading.Thread] = []
        accepting = threading.Thread(target=_accept, args=(listening, at, threads))
        accepting.start()
        try:
            yield at
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            for thread in (accepting, *threads):
                thread.join(10)


def _accept(listening: socket.socket, at: Proxy, threads: list[threading.Thread]) -> None:
    with suppress(OSError):  # closed by the test's end
        while True:
            client, _ = listening.accept()
            threads.append(threading.Thread(target=at.serve, args=(client,)))
            threads[-1].start()


def says(status: int, code: str) -> Fault:
    """The store answers with an error, as S3 words it."""
    body = ERROR.format(code=code)
    head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return lambda exchange: exchange.client.sendall(f"{head}{body}".encode())


def reset(exchange: Exchange) -> None:
    """The connection is reset before there is an answer."""
    exchange.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(exchange: Exchange) -> None:
    """Nothing more comes, until the client gives up."""
    exchange.client.recv(1)


def after(cut: int, then: Fault) -> Fault:
    """The head and so many bytes of the body are passed on; then something else happens."""

    def fault(exchange: Exchange) -> None:
        begun, _ = exchange.body_from(cut)
        exchange.client.sendall(begun)
        then(exchange)

    return fault


def end(exchange: Exchange) -> None:
    """The connection is closed as if the answer were complete."""


def shortened(cut: int) -> Fault:
    """The body is cut, and the head says that so many bytes are all."""

    def fault(exchange: Exchange) -> None:
        begun, _ = exchange.body_from(cut)
        exchange.client.sendall(re.sub(rb"(?i)(\r\ncontent-length: )\d+", rb"\g<1>%d" % cut, begun))

    return fault


def before(act: Callable[[], object]) -> Fault:
    """A function is called just before the request is passed on."""

    def fault(exchange: Exchange) -> None:
        act()
        exchange.pass_on()

    return fault


def midway(cut: int, act: Callable[[], object]) -> Fault:
    """Something is done when so many bytes of the body have come from the store."""

    def fault(exchange: Exchange) -> None:
        begun, rest = exchange.body_from(cut)
        exchange.client.sendall(begun)
        act()
        for piece in rest:
            exchange.client.sendall(piece)

    return fault
