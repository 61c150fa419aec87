"""A standalone Spark cluster of processes on loopback: a master, and two workers with addresses of their own."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from app.db.embedded.server import EmbeddedServer
from app.db.embedded.socket_directory import socket_directory
from app.db.engine import make_engine
from tests.loading import until

HOSTS = ("127.0.0.1", "127.0.0.2")
"""A speculative twin of a task runs on another host only."""
EXECUTOR = "CoarseGrainedExecutorBackend"


@dataclass
class Cluster:
    """Address of the master, processes of the workers, and the directory of their temporary files."""

    master: str
    workers: list[subprocess.Popen[bytes]]
    temporary: Path

    @contextmanager
    def held_databases(self) -> Iterator[list[Engine]]:
        """The private databases of the executors that run, in which every task waits for a lock."""
        with ExitStack() as opened:
            engines = []
            for cluster in self.temporary.glob("regulars-check-*/postgres"):
                host = opened.enter_context(socket_directory(cluster))
                with suppress(OSError, DBAPIError):  # it starts, or ends with its process
                    engine = make_engine(EmbeddedServer(cluster, host).url)
                    opened.callback(engine.dispose)
                    connection = engine.connect()
                    opened.callback(_close, connection)
                    connection.execute(text("lock table silver.quarantine in exclusive mode"))
                    engines.append(engine)
            yield engines

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
def standalone_cluster() -> Iterator[Cluster]:
    port = _free_port()
    master = f"spark://{HOSTS[0]}:{port}"
    with ExitStack() as running:
        temporary = Path(running.enter_context(TemporaryDirectory(prefix="spark-", ignore_cleanup_errors=True)))
        running.enter_context(_daemon(temporary, "master.Master", "--host", HOSTS[0], "--port", str(port)))
        until(lambda: _listens(port))
        workers = [
            running.enter_context(
                _daemon(
                    temporary,
                    "worker.Worker",
                    "--host",
                    host,
                    "-c",
                    "1",
                    "-m",
                    "1g",
                    "-d",
                    str(temporary / host),
                    master,
                )
            )
            for host in HOSTS
        ]
        yield Cluster(master, workers, temporary)


@contextmanager
def _daemon(folder: Path, name: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    found = find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    program = Path(found.origin).with_name("bin") / "spark-class"
    command = [str(program), f"org.apache.spark.deploy.{name}", "--webui-port", "0", *options]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with (
        (folder / "spark.log").open("ab") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment) as daemon,
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


def _close(connection: Connection) -> None:
    with suppress(DBAPIError):  # its server was killed with the executor
        connection.close()
