"""`regulars serve` in a process of its own, with an embedded database."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.loading import until
from tests.s3 import free_ports

HALF_A_POST = (
    b"POST /v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"
)


@contextmanager
def serving(data_dir: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A server that answers, and its port; killed if it is still running at the end."""
    port = free_ports(1)[0]
    arguments = ["serve", "--data-dir", str(data_dir), "--port", str(port)]
    with subprocess.Popen([sys.executable, "-m", "app.cli", *arguments]) as process:

        def answers() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{port}/health/live").is_success
            except httpx.TransportError:
                return False

        try:
            until(answers)
            yield process, port
        finally:
            process.kill()


def test_sigterm_ends_it_and_its_database(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, _):
        assert (tmp_path / "postgres" / "postmaster.pid").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_a_request_that_never_ends_does_not_delay_the_end(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, port), socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(HALF_A_POST)
        httpx.get(f"http://127.0.0.1:{port}/health/live")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
