"""Bounds of connections: size and time of a head, time of a body, number of connections."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
import uvicorn

from app.cli.protocol import ConnectionLimits, bounded_by

pytestmark = pytest.mark.anyio
LARGE = 600_000
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
REQUEST = HEAD + b"Content-Length: 0\r\n\r\n"
DEFAULT = ConnectionLimits()
SHORT = ConnectionLimits(head_seconds=0.2, body_seconds=0.2, check_seconds=0.05)
FEW = ConnectionLimits(max_connections=16)
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def answer(_scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


class Server:
    """A running server and the connections that were opened to it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._connections: list[Connection] = []

    async def connect(self) -> Connection:
        self._connections.append(await asyncio.open_connection(*self._address))
        return self._connections[-1]

    async def close(self) -> None:
        for _, writer in self._connections:
            writer.close()


@asynccontextmanager
async def serving(limits: ConnectionLimits) -> AsyncIterator[Server]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        config = uvicorn.Config(answer, http=bounded_by(limits), lifespan="off", log_level="critical")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[taken]))
        while not server.started:
            await anyio.lowlevel.checkpoint()
        clients = Server(taken.getsockname())
        try:
            yield clients
        finally:
            await clients.close()
            server.should_exit = True
            await task


async def answered(*parts: bytes, limits: ConnectionLimits = DEFAULT) -> bytes:
    """The first line that a server answers to what is sent part by part; empty where it closes the connection."""
    async with serving(limits) as server:
        reader, writer = await server.connect()
        for part in parts:
            writer.write(part)
        with anyio.fail_after(5):
            return (await reader.readline()).strip()


async def test_a_head_without_an_end_is_refused() -> None:
    assert await answered(HEAD, b"X: " + b"x" * LARGE) == b"HTTP/1.1 400 Bad Request"


async def test_a_large_body_is_no_large_head() -> None:
    assert await answered(HEAD, b"Content-Length: %d\r\n\r\n" % LARGE, b" " * LARGE) == b"HTTP/1.1 200 OK"


async def test_many_requests_are_not_one_head() -> None:
    request = HEAD + b"X: " + b"x" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n"
    assert await answered(*[request] * 10) == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize("sent", [b"", HEAD])
async def test_a_client_without_a_whole_head_is_closed(sent: bytes) -> None:
    assert await answered(sent, limits=SHORT) == b""


async def test_a_client_with_half_a_body_is_answered_and_closed() -> None:
    assert await answered(HEAD, b"Content-Length: 5\r\n\r\n12", limits=SHORT) == b"HTTP/1.1 408 Request Timeout"


async def test_half_a_head_after_an_answer_is_closed() -> None:
    async with serving(SHORT) as server:
        reader, writer = await server.connect()
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        with anyio.fail_after(3):  # less than uvicorn's timeout_keep_alive
            assert await reader.read() == b""


async def test_beyond_the_cap_the_longest_waiting_connection_is_closed() -> None:
    async with serving(FEW) as server:
        oldest, *others = [await server.connect() for _ in range(FEW.max_connections + 1)]
        with anyio.fail_after(5):
            assert await oldest[0].read() == b""
        assert [reader.at_eof() for reader, _ in others] == [False] * FEW.max_connections


async def test_beyond_the_cap_a_new_connection_is_answered() -> None:
    async with serving(FEW) as server:
        for _ in range(FEW.max_connections):
            await server.connect()
        reader, writer = await server.connect()
        writer.write(REQUEST)
        with anyio.fail_after(5):
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"


async def test_beyond_the_cap_a_connection_with_half_a_body_is_closed() -> None:
    async with serving(FEW) as server:
        oldest, *others = [await half_a_body(server) for _ in range(FEW.max_connections)]
        await server.connect()
        with anyio.fail_after(5):
            assert await oldest.read() == b""
        assert [reader.at_eof() for reader in others] == [False] * (FEW.max_connections - 1)


async def half_a_body(server: Server) -> asyncio.StreamReader:
    """A connection whose head was read by the server, which waits for the rest of the body."""
    reader, writer = await server.connect()
    writer.write(HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n12")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    return reader
