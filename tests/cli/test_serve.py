"""`regulars serve` in a process of its own, with a database of its own."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.loading import until
from tests.s3 import free_ports


def test_asked_to_stop_it_stops_its_database_too(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    arguments = ["serve", "--data-dir", str(tmp_path), "--port", str(port)]
    with subprocess.Popen([sys.executable, "-m", "app.cli", *arguments]) as process:

        def answers() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{port}/health/live").is_success
            except httpx.TransportError:
                return False

        until(answers)
        assert (tmp_path / "postgres" / "postmaster.pid").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()
