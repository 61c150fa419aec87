"""Two file locks of a data directory, which the kernel drops when their holders end, however they end.

postgres.lock   shared by every process that uses the server: who can take it alone is the last one and stops the server
postgres.running.lock   held by whoever starts the server, then by each of its processes, which inherit it: who can take
    it knows that none of them runs, whatever a pid file says
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import Misconfigured


@contextmanager
def in_use(data_dir: Path) -> Iterator[int]:
    """Hold the shared lock; waits while the last user stops the server.

    Raises Misconfigured where the directory cannot be used.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = open_lock(data_dir / "postgres.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
        except BaseException:
            os.close(lock)
            raise
    except OSError as error:
        raise Misconfigured(
            f"cannot use data directory {data_dir}: {error.strerror}; give another --data-dir"
        ) from None
    try:
        yield lock
    finally:
        os.close(lock)


def open_lock(path: Path) -> int:
    """A file descriptor to lock; others may not open the file, so they cannot hold its lock."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def taken(lock: int) -> bool:
    """Take the lock alone if that is possible now."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def alone(path: Path) -> Iterator[int | None]:
    """The file descriptor of the lock, taken, or None where another process holds it.

    Processes that inherit the descriptor hold the lock beyond the context.
    """
    lock = open_lock(path)
    try:
        yield lock if taken(lock) else None
    finally:
        os.close(lock)
