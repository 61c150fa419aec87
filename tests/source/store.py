"""A store on loopback that answers as a real one does on a bad day: word for word what a test tells it to."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class BadStore:
    """Gives the answers one after the other, the last one forever; counts the requests."""

    endpoint: str
    answers: list[bytes]
    requests: list[bytes] = field(default_factory=list)

    def answer(self, request: bytes) -> bytes:
        """What this request gets."""
        self.requests.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def error(status: int, code: str) -> bytes:
    """An error as S3 words it."""
    return response(status, f"<Error><Code>{code}</Code><Message>of the test</Message></Error>".encode())


def response(status: int, body: bytes, *headers: str, length: int | None = None) -> bytes:
    """An answer; `length` is what it promises, where that is not what it holds."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


@contextmanager
def bad_store(*answers: bytes) -> Iterator[BadStore]:
    """A store that gives these answers; an empty one resets the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        store = BadStore(f"http://127.0.0.1:{listening.getsockname()[1]}", list(answers))
        thread = threading.Thread(target=_serve, args=(listening, store))
        thread.start()
        try:
            yield store
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listening: socket.socket, store: BadStore) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            answer = store.answer(connection.recv(65536))
            if not answer:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                continue
            connection.sendall(answer)
