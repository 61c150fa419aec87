"""Cluster directory: initialised under a temporary name, and renamed when complete."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from secrets import token_urlsafe
from tempfile import mkdtemp
from typing import Final

from app.db.embedded.account import Account
from app.db.embedded.installation import MAJOR
from app.errors import DatabaseUnusable

SUPERUSER: Final = "postgres"
PASSWORD: Final = "regulars.password"  # noqa: S105  # the name of the file
STAGING: Final = "postgres.initialising-"
WORKING_DIRECTORY: Final = "/proc/self/cwd"
INITDB: Final = (
    f"--username={SUPERUSER}",
    "--auth=scram-sha-256",
    "--pwfile=/dev/stdin",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--set=timezone=UTC",
    "--set=log_timezone=UTC",
)
NOT_DURABLE: Final = ("--no-sync", "--no-data-checksums", "--set=fsync=off", "--set=full_page_writes=off")
"""Options of a cluster that is deleted after use."""


def path_for_programs(cluster: Path) -> str:
    """Return the path of the cluster directory for programs with this working directory.

    On Linux this path does not depend on the permissions of parent directories and has no special characters.
    """
    return WORKING_DIRECTORY if Path(WORKING_DIRECTORY).exists() else str(cluster)


def is_missing(cluster: Path) -> bool:
    """Return whether the cluster is missing; an empty directory counts as missing."""
    return not cluster.exists() or (cluster.is_dir() and not any(cluster.iterdir()))


def initialise(
    cluster: Path, account: Account, programs: Path, lock: int, temporary: Mapping[str, str] | None = None
) -> None:
    """Create a cluster directory and the password of its superuser.

    Raises DatabaseUnusable if initdb fails.

    Args:
        lock: file descriptor inherited by initdb, so that no other process starts a server meanwhile.
        temporary: settings of a cluster that is deleted after use; None for any other.
    """
    for leftover in cluster.parent.glob(f"{STAGING}*"):
        shutil.rmtree(leftover)
    staging = Path(mkdtemp(prefix=STAGING, dir=cluster.parent))
    account.chown(staging)
    password = token_urlsafe(32)
    arguments = [str(programs / "initdb"), "-D", path_for_programs(staging), *INITDB]
    if temporary is not None:
        arguments += [*NOT_DURABLE, *(f"--set={name}={value}" for name, value in temporary.items())]
    secret = _readable_by(account, password)
    try:
        ran = account.run(arguments, staging, stdin=secret, capture_output=True, pass_fds=(lock,))
    finally:
        os.close(secret)
    if ran.returncode != 0:
        shutil.rmtree(staging, ignore_errors=True)
        errors = (
            [line for line in ran.stderr.splitlines() if "error" in line.lower()] or ran.stderr.splitlines() or [""]
        )
        raise DatabaseUnusable(f"the embedded PostgreSQL could not be initialised in {cluster.parent}: {errors[0]}")
    _write_synced(staging / PASSWORD, password)
    staging.rename(cluster)
    _sync(cluster.parent)


def check(cluster: Path) -> None:
    """Raise DatabaseUnusable if the directory is not a cluster created by this version."""
    remedy = "move it away or give another --data-dir; sales are loaded again from the source"
    if not all((cluster / name).is_file() for name in ("PG_VERSION", "global/pg_control", PASSWORD)):
        raise DatabaseUnusable(f"{cluster} is damaged, or was created by an older version of Regulars; {remedy}")
    found = (cluster / "PG_VERSION").read_text(encoding="ascii", errors="replace").strip()
    if found != str(MAJOR):
        raise DatabaseUnusable(
            f"{cluster} was created by PostgreSQL {found}, but PostgreSQL {MAJOR} is installed; {remedy}"
        )


def restore_ownership(cluster: Path, account: Account) -> None:
    """Restore owner and mode, which may be lost in a copy or a restored backup."""
    if cluster.stat().st_uid != account.uid:
        for path in (cluster, *cluster.rglob("*")):
            account.chown(path)
    if cluster.stat().st_mode & 0o077:
        cluster.chmod(0o700)


def password(cluster: Path) -> str:
    """Return the password of the superuser."""
    return (cluster / PASSWORD).read_text(encoding="ascii").strip()


def _readable_by(account: Account, text: str) -> int:
    """Return a pipe with the text that the account can open as /dev/stdin."""
    reading, writing = os.pipe()
    if os.geteuid() == 0:
        os.fchown(reading, account.uid, account.gid)
    os.write(writing, f"{text}\n".encode("ascii"))
    os.close(writing)
    return reading


def _write_synced(path: Path, text: str) -> None:
    with open(path, "x", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
