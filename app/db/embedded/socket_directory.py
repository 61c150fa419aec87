"""Path of the directory of the server's socket, for clients.

The socket is in the cluster directory, which only its owner can enter. If its path is too long for a socket, or has
characters that need quoting in a URL or connection string, clients use a symbolic link to it, in a new temporary
directory of mode 0700.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Final

PORT: Final = 5432
SOCKET: Final = f".s.PGSQL.{PORT}"
MAX_PATH_BYTES: Final = 103 - len(f"/{SOCKET}")
"""Longest path in bytes: macOS has the shortest socket addresses, 104 bytes with the final NUL."""
PLAIN: Final = re.compile(r"[A-Za-z0-9/._-]+")


@contextmanager
def socket_directory(cluster: Path) -> Iterator[str]:
    """Yield a path of the cluster directory that fits a socket address and needs no quoting."""
    if _fits(str(cluster)):
        yield str(cluster)
        return
    base = next((name for name in (gettempdir(), "/tmp", "/var/tmp") if _fits(f"{name}/regulars-12345678/db")), "/tmp")  # noqa: S108
    folder = Path(mkdtemp(prefix="regulars-", dir=base))
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)  # systemd-tmpfiles leaves locked directories alone
        (folder / "db").symlink_to(cluster)
        yield str(folder / "db")
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)


def _fits(path: str) -> bool:
    return len(path) <= MAX_PATH_BYTES and PLAIN.fullmatch(path) is not None
