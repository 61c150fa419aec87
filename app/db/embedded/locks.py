"""Two file locks of a data directory; the kernel releases them at the exit of their holders, even after a crash.

postgres.lock           Shared by all processes that use the server. A process that can lock it exclusively is the last
                        user, and stops the server.
postgres.running.lock   Held by the process that starts the server, and inherited by the server's processes. If it can
                        be locked, no server process is running, even if there is a pid file.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import Misconfigured


@contextmanager
def shared_lock(data_dir: Path) -> Iterator[int]:
    """Hold the shared lock; wait if the server is being stopped.

    Raises Misconfigured if the directory cannot be used.
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
            f"cannot use data directory {data_dir}: {error.strerror}; use a writable directory: --data-dir PATH"
        ) from None
    try:
        yield lock
    finally:
        os.close(lock)


def open_lock(path: Path) -> int:
    """Open a lock file with mode 0600, so that other users cannot lock it."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def try_exclusive(lock: int) -> bool:
    """Try to lock exclusively, without waiting; return whether that succeeded."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def exclusive_lock(path: Path) -> Iterator[int | None]:
    """Yield the descriptor of an exclusively locked file, None if another process holds the lock.

    Processes that inherit the descriptor hold the lock beyond the context.
    """
    lock = open_lock(path)
    try:
        yield lock if try_exclusive(lock) else None
    finally:
        os.close(lock)
