"""A standalone Spark cluster of processes on loopback: a master, and two workers with addresses of their own."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from tests.loading import until

HOSTS = ("127.0.0.1", "127.0.0.2")
"""A speculative twin of a task runs on another host only."""
EXECUTOR = "CoarseGrainedExecutorBackend"


@dataclass
class Cluster:
    """Address of the master, and the processes of the workers."""

    master: str
    workers: list[subprocess.Popen[bytes]]

    def kill_executors(self) -> int:
        """Kill the JVMs of all executors; return their number."""
        found = [
            process
            for worker in self.workers
            for process in psutil.Process(worker.pid).children(recursive=True)
            if process.name() == "java" and any(EXECUTOR in each for each in process.cmdline())
        ]
        for process in found:
            process.kill()
        return len(found)


@contextmanager
def standalone_cluster(folder: Path) -> Iterator[Cluster]:
    port = _free_port()
    master = f"spark://{HOSTS[0]}:{port}"
    with ExitStack() as running:
        running.enter_context(_daemon(folder, "master.Master", "--host", HOSTS[0], "--port", str(port)))
        until(lambda: _listens(port))
        workers = [
            running.enter_context(
                _daemon(
                    folder, "worker.Worker", "--host", host, "-c", "1", "-m", "1g", "-d", str(folder / host), master
                )
            )
            for host in HOSTS
        ]
        yield Cluster(master, workers)


@contextmanager
def _daemon(folder: Path, name: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    found = find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    program = Path(found.origin).with_name("bin") / "spark-class"
    command = [str(program), f"org.apache.spark.deploy.{name}", "--webui-port", "0", *options]
    with (
        (folder / "spark.log").open("ab") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as daemon,
    ):
        try:
            yield daemon
        finally:
            daemon.terminate()


def _free_port() -> int:
    with socket.create_server((HOSTS[0], 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOSTS[0], port)) == 0


PYTHON = sys.executable
