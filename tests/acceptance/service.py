"""`regulars up` in a process of its own, as a user starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.s3 import free_ports

READY = "Ctrl-C stops everything."
STOP_SECONDS = 60


@dataclass
class Service:
    """A started service.

    Attributes:
        client: client of its API.
        process: process of `regulars up`.
        said: lines that it has printed: until it was ready, and after its end all of them.
        stop_seconds: time from the signal to its end; set after its end.
    """

    client: httpx.Client
    process: "subprocess.Popen[str]"
    said: list[str]
    stop_seconds: float = 0.0

    def child(self, command: str) -> psutil.Process | None:
        """The running child process of a subcommand."""
        with suppress(psutil.NoSuchProcess):  # ended, and perhaps not waited for
            for child in psutil.Process(self.process.pid).children():
                with suppress(psutil.NoSuchProcess):
                    if child.cmdline()[-1:] == [command]:
                        return child
        return None

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """The body of a successful GET."""
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def regulars(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a subcommand to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@contextmanager
def up(data_dir: Path, *arguments: str, prefix: Sequence[str] = (), **environment: str) -> Iterator[Service]:
    """`regulars up` on a free port, from the line that says it is ready until Ctrl-C.

    prefix: a command that runs the rest of its arguments.
    """
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "app.cli", "up", "--data-dir", str(data_dir), "--port", str(port), *arguments]
    process = subprocess.Popen(
        [*prefix, *command],
        env=_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    try:
        for line in process.stdout or ():
            said.append(line)
            if READY in line:
                break
        else:
            raise AssertionError("regulars up ended early:\n" + "".join(said))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            service = Service(client, process, said)
            yield service
            service.stop_seconds = _end(process, said)
    finally:
        _end(process, said)


def _end(process: "subprocess.Popen[str]", said: list[str]) -> float:
    """Interrupt a process, and kill it if it does not end; return the seconds that it took."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    began = time.monotonic()
    try:
        rest, _ = process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()  # its children end with it
        rest, _ = process.communicate()
    except ValueError:  # its output was read to the end already
        rest = ""
    said.extend(rest.splitlines(keepends=True))
    return time.monotonic() - began


def _environment(given: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    return {**inherited, "COLUMNS": "200", **given}
