"""PostgreSQL server of a data directory: started by its first user, stopped by the last."""

import logging
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from psycopg.pq import PGconn, Ping
from sqlalchemy.engine import URL

from app.db.embedded import cluster as clusters
from app.db.embedded.account import account_for
from app.db.embedded.installation import programs
from app.db.embedded.locks import exclusive_lock, shared_lock, try_exclusive
from app.db.embedded.processes import is_postmaster, postmaster, send, server_processes
from app.db.embedded.socket_directory import PORT, SOCKET, socket_directory
from app.errors import DatabaseUnusable, Misconfigured

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 0.02
RECOVERY_NOTICE_SECONDS: Final = 10.0
"""Time after which waiting for recovery is logged."""
ORPHAN_CHECK_SECONDS: Final = 5.0
"""Time after which orphaned processes of an unresponsive server are ended."""
STOP: Final = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0))
"""Fast shutdown, then immediate shutdown, which writes nothing to disk; seconds to wait for each."""
IN_BACKGROUND: Final = '"$@" >>log 2>&1 </dev/null &'
ARGUMENTS: Final = ("-k", ".", "-p", str(PORT), "-c", "listen_addresses=")
STALE: Final = ("postmaster.pid", SOCKET, f"{SOCKET}.lock")


@contextmanager
def embedded_postgres(data_dir: Path, temporary: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start or join the server of `data_dir` and yield its URL; stop it after its last user.

    Raises Misconfigured if the extra is missing or the directory cannot be used, DatabaseUnusable if the server
    does not start.

    Args:
        temporary: settings of a new server whose data are deleted after use, so that they need not be durable.
    """
    cluster = data_dir.absolute() / "postgres"
    with shared_lock(data_dir) as users, socket_directory(cluster) as host:
        server = EmbeddedServer(cluster, host, temporary)
        try:
            try:
                server.start()
                url = server.url
            except OSError as error:
                raise Misconfigured(
                    f"cannot use data directory {data_dir}: {error}; use a writable directory: --data-dir PATH"
                ) from error
            yield url
        finally:
            if try_exclusive(users):
                server.stop()


class EmbeddedServer:
    """Server of one cluster directory, started by this or another process.

    Attributes:
        cluster: PostgreSQL's data directory.
        host: directory of the socket for clients.
        temporary: settings of a server whose data are deleted after use; None for any other.
    """

    def __init__(self, cluster: Path, host: str, temporary: Mapping[str, str] | None = None) -> None:
        self.cluster = cluster
        self.host = host
        self.temporary = temporary
        self._lock = cluster.with_name("postgres.running.lock")

    @property
    def url(self) -> str:
        """URL of the server's first database, password included."""
        url = URL.create("postgresql", clusters.SUPERUSER, clusters.password(self.cluster), database="postgres")
        return url.set(query={"host": self.host, "port": str(PORT)}).render_as_string(hide_password=False)

    def start(self) -> None:
        """Start the server unless it is running, and wait until it responds; recovery has no time limit."""
        launched = waiting = False
        begun = silent_since = time.monotonic()
        while True:
            with exclusive_lock(self._lock) as lock:
                if lock is not None and launched:
                    raise DatabaseUnusable(f"the embedded PostgreSQL did not start: {self._last_log_line()}")
                if lock is not None:
                    self._launch(lock)
                    launched = True
                    begun = silent_since = time.monotonic()  # initialising may take long
            state = PGconn.ping(f"host={self.host} port={PORT} connect_timeout=5".encode())
            if state == Ping.OK:
                return
            if state == Ping.REJECT:
                silent_since = time.monotonic()
                if not waiting and time.monotonic() - begun > RECOVERY_NOTICE_SECONDS:
                    log.info("waiting for the embedded PostgreSQL in %s to recover", self.cluster)
                    waiting = True
            elif time.monotonic() - silent_since > ORPHAN_CHECK_SECONDS:
                self.end_orphans()
                silent_since = time.monotonic()
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """Stop the server and wait until its last process has ended."""
        for number, seconds in STOP if self.temporary is None else STOP[1:]:
            deadline = time.monotonic() + seconds
            is_signalled = False
            while time.monotonic() < deadline:
                if self._is_stopped():
                    return
                if not is_signalled and (process := postmaster(self.cluster)) is not None:
                    send(process, number)
                    is_signalled = True
                time.sleep(PAUSE_SECONDS)
        log.warning("the embedded PostgreSQL in %s did not stop; see %s/log", self.cluster, self.cluster)

    def _launch(self, lock: int) -> None:
        """Initialise the cluster if it is missing, and start the server; its processes inherit the lock."""
        account = account_for(self.cluster)
        directory = programs(account)
        if clusters.is_missing(self.cluster):
            clusters.initialise(self.cluster, account, directory, lock, self.temporary)
        clusters.check(self.cluster)
        clusters.restore_ownership(self.cluster, account)
        if found := server_processes(self.cluster):
            raise DatabaseUnusable(
                f"process {found[0].pid} runs PostgreSQL on {self.cluster} and was not started by Regulars; stop it"
            )
        for name in STALE:  # this process holds the lock, so no server process runs
            (self.cluster / name).unlink(missing_ok=True)
        server = [str(directory / "postgres"), "-D", clusters.path_for_programs(self.cluster), *ARGUMENTS]
        account.run(["/bin/sh", "-c", IN_BACKGROUND, "sh", *server], self.cluster, check=True, pass_fds=(lock,))

    def end_orphans(self) -> None:
        """End the remaining processes of a killed server, which end by themselves only at their next wait."""
        processes = server_processes(self.cluster)
        # The processes are listed once: a server that starts between two listings would look like an orphan.
        if not any(map(is_postmaster, processes)):
            for process in processes:
                log.warning("ending process %d of an embedded PostgreSQL that was killed", process.pid)
                send(process, signal.SIGQUIT)

    def _is_stopped(self) -> bool:
        with exclusive_lock(self._lock) as lock:
            return lock is not None

    def _last_log_line(self) -> str:
        try:
            lines = (self.cluster / "log").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        fatal = [line for line in lines[-50:] if "FATAL" in line or "PANIC" in line]
        return f"{(fatal or lines or ['its log is empty'])[-1].strip()}; see {self.cluster}/log"
