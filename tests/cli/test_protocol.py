"""The head of a request is bounded, on a real connection; what is within the bound is answered."""

import asyncio
import socket
from typing import Any

import anyio
import pytest
import uvicorn

from app.cli.protocol import BoundedHead

pytestmark = pytest.mark.anyio
ENOUGH = 600_000
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def answered(*parts: bytes) -> bytes:
    """The first line that a server answers to what is sent part by part."""

    async def answer(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(answer, http=BoundedHead, lifespan="off", log_level="critical"))
        serving = asyncio.create_task(server.serve(sockets=[taken]))
        while not server.started:
            await anyio.lowlevel.checkpoint()
        reader, writer = await asyncio.open_connection(*taken.getsockname())
        for part in parts:
            writer.write(part)
        line = await reader.readline()
        writer.close()
        server.should_exit = True
        await serving
    return line.strip()


async def test_a_head_without_an_end_is_hung_up_on() -> None:
    assert await answered(HEAD, b"X: " + b"x" * ENOUGH) == b"HTTP/1.1 400 Bad Request"


async def test_a_body_is_no_head() -> None:
    assert await answered(HEAD, b"Content-Length: %d\r\n\r\n" % ENOUGH, b" " * ENOUGH) == b"HTTP/1.1 200 OK"


async def test_many_requests_are_not_one_head() -> None:
    request = HEAD + b"X: " + b"x" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n"
    assert await answered(*[request] * 10) == b"HTTP/1.1 200 OK"
