"""`regulars serve` in a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import httpx

from tests.loading import until
from tests.s3 import free_ports

IDLE_CONNECTIONS = 400
OPEN_FILES = 256
HALF_A_BODY = b"POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{"


@contextmanager
def serving(
    *options: str, database_url: str = "", open_files: int = 1024, log: IO[bytes] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The process and its port, once it answers; what it logs is written to `log`."""
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), *options]
    environment = {**os.environ, "REGULARS_DATABASE_URL": database_url}
    limited = ["bash", "-c", f'ulimit -Sn {open_files} && exec "$@"', "serve", *command]
    with subprocess.Popen(limited, env=environment, stderr=log) as process:
        try:
            until(lambda: is_live(port))
            yield process, port
        finally:
            process.terminate()


def is_live(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=2).is_success
    except httpx.TransportError:
        return False


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port))


def test_sigterm_ends_it_and_its_database(tmp_path: Path) -> None:
    with serving("--data-dir", str(tmp_path)) as (process, _):
        assert (tmp_path / "postgres" / "postmaster.pid").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_an_open_server_says_so_at_start(database_url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file, serving(database_url=database_url, log=file):
        (line,) = [each for each in log.read_text().splitlines() if " API on " in each]
    note = r"\(no API key: accepts requests from this machine only, not through a proxy\)"
    assert re.search(rf" INFO regulars\.api \[-\]: API on http://127\.0\.0\.1:\d+ {note}$", line)


def test_idle_connections_do_not_stop_the_api(database_url: str) -> None:
    with serving(database_url=database_url, open_files=OPEN_FILES) as (_, port), ExitStack() as connections:
        for _ in range(IDLE_CONNECTIONS):
            connections.enter_context(connect(port))
        assert [is_live(port) for _ in range(5)] == [True] * 5


def test_half_a_body_does_not_delay_the_end(database_url: str) -> None:
    with serving(database_url=database_url) as (process, port), connect(port) as client:
        client.sendall(HALF_A_BODY)
        assert is_live(port)
        asked_at = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert time.monotonic() - asked_at < 9
