"""Lock of a data directory: one `regulars up` at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from app.cli.ports import shown_host
from app.errors import AlreadyRunning, Misconfigured
from app.settings import Settings


@contextmanager
def lock_data_dir(settings: Settings) -> Iterator[None]:
    """Hold the lock of the data directory, which is created if it is missing.

    Raises:
        AlreadyRunning: another process holds it.
        Misconfigured: the directory cannot be used.
    """
    path = settings.data_dir / "up.lock"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise Misconfigured(
            f"cannot use data directory {settings.data_dir}: {error.strerror}; "
            "use a writable directory: --data-dir PATH"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(
                f"regulars is already running on {settings.data_dir} ({lock.read().strip() or 'starting'}); "
                "stop it first, or use another --data-dir"
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, http://{shown_host(settings)}:{settings.port}")
        lock.flush()
        yield
        lock.truncate(0)
