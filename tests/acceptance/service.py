"""The whole service as a user starts it: `regulars up` in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.s3 import free_ports

READY = "Ctrl-C stops everything."


@dataclass
class Service:
    """A started service: its client, its process, and what it has said so far."""

    client: httpx.Client
    process: "subprocess.Popen[str]"
    said: list[str]

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
def up(data_dir: Path, *arguments: str, **environment: str) -> Iterator[Service]:
    """`regulars up` on a free port, from the line that says it is ready until Ctrl-C."""
    port = free_ports(1)[0]
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "up", "--data-dir", str(data_dir), "--port", str(port), *arguments],
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
            yield Service(client, process, said)
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        said.append(rest)


def _environment(given: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    return {**inherited, "COLUMNS": "200", **given}
