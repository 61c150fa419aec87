"""Operating system account of the server.

PostgreSQL refuses to run as root. Started by root, the server runs under the account that owns its cluster directory,
or for a new directory under the system account `regulars-postgres`. Permissions outside the cluster directory are not
changed.
"""

import os
import pwd
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import Misconfigured

ACCOUNT_NAME = "regulars-postgres"
FALLBACK = "nobody"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
"""Environment of the server, without inherited settings and secrets; needs no installed locale."""
LOCKED_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Account:
    """User and group ids of the server's processes."""

    uid: int
    gid: int

    @property
    def name(self) -> str:
        """User name for messages; the uid if there is none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def run(self, arguments: Sequence[str], cwd: Path, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program under this account, in a new session, which gets no signals of the terminal.

        The working directory is entered with the privileges of the caller, so that its parents may be inaccessible to
        the account.
        """
        if os.geteuid() == 0:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(  # noqa: S603  # the wheel's programs, with arguments of our own
            arguments,
            cwd=cwd,
            env=ENVIRONMENT,
            umask=0o077,
            start_new_session=True,
            text=True,
            check=options.pop("check", False),
            **options,
        )

    def chown(self, path: Path) -> None:
        """Make this account the owner of a file or directory; does nothing if not run by root."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def account_for(cluster: Path) -> Account:
    """Return the account for the server of a cluster directory, which may not exist yet."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if cluster.exists() and cluster.stat().st_uid != 0:
        return Account(cluster.stat().st_uid, cluster.stat().st_gid)
    return system_account()


def system_account(name: str = ACCOUNT_NAME) -> Account:
    """Return the system account of Regulars, created if missing; `nobody` if accounts cannot be created."""
    deadline = time.monotonic() + LOCKED_SECONDS
    while time.monotonic() < deadline:
        try:
            return _named(name)
        except KeyError:
            if not _create(name):
                break
            time.sleep(0.1)
    try:
        return _named(FALLBACK)
    except KeyError:
        raise Misconfigured(
            f"PostgreSQL does not run as root, and account {name} cannot be created; start Regulars as another user"
        ) from None


def _named(name: str) -> Account:
    entry = pwd.getpwnam(name)
    return Account(entry.pw_uid, entry.pw_gid)


def _create(name: str) -> bool:
    """Create an account; return whether it was created, exists already, or the list of accounts is locked."""
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    try:
        ran = subprocess.run([*command, name], capture_output=True, check=False)  # noqa: S603
    except OSError:
        return False
    return ran.returncode in {0, 1, 9}  # done, locked, exists already
