"""Schemathesis: what the document allows is taken, what it forbids is refused, every answer is one that it names."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.loading import until
from tests.s3 import free_ports

KEY = "a-key-for-schemathesis"
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "10")


@pytest.fixture
def server(own_shop: str, tmp_path: Path) -> Iterator[str]:
    """A server in a process of its own; no worker executes the queued runs."""
    port = free_ports(1)[0]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    given = {"DATABASE_URL": own_shop, "API_KEY": KEY, "AS_OF": "2026-03-01", "DATA_DIR": str(tmp_path)}
    given |= {"ERASURE_KEY": "a secret of at least thirty-two characters", "EXPORT_TARGET": str(tmp_path)}
    environment |= {f"REGULARS_{name}": value for name, value in given.items()}
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen([sys.executable, "-m", "app.cli", "serve", "--port", str(port)], env=environment) as process:
        try:
            until(lambda: _is_ready(address))
            yield address
        finally:
            process.terminate()


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def test_every_check_of_every_phase_holds(server: str, tmp_path: Path) -> None:
    options = [
        "--checks",
        "all",
        "--max-examples",
        EXAMPLES,
        "--seed",
        "1",
        "--no-color",
        "-H",
        f"Authorization: Bearer {KEY}",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{server}/openapi.json", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
