"""Java and pyspark on this machine, and the address of the cluster's master."""

import os
import re
import shutil
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.errors import EngineUnavailable, Misconfigured

OLDEST_JAVA: Final = 17
JAVA_SECONDS: Final = 60
CONNECT_SECONDS: Final = 5
MASTER_PORT: Final = 7077
VERSION: Final = re.compile(r'version "(\d+)')
REMEDY: Final = f"install Java {OLDEST_JAVA} or newer, and set JAVA_HOME to its directory"


def has_pyspark() -> bool:
    """Return whether pyspark is installed; a directory that an uninstallation left over does not count."""
    found = find_spec("pyspark")
    return found is not None and found.origin is not None


def check_pyspark() -> None:
    """Raise Misconfigured if pyspark is not installed."""
    if not has_pyspark():
        raise Misconfigured("REGULARS_ENGINE=spark needs pyspark: run pip install 'regulars[spark]'")


def java_version() -> int:
    """Return the major version of the Java that Spark starts; raises Misconfigured for none or an old one."""
    home = os.environ.get("JAVA_HOME")  # Spark reads it, too; it is no setting of ours
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if java is None:
        raise Misconfigured(f"REGULARS_ENGINE=spark needs Java, and there is no program java; {REMEDY}")
    try:
        ran = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=JAVA_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Misconfigured(f"{java} cannot be run: {error}; {REMEDY}") from None
    found = VERSION.search(ran.stderr + ran.stdout)
    if found is None or int(found[1]) < OLDEST_JAVA:
        shown = found[1] if found else "of an unknown version"
        raise Misconfigured(f"{java} is Java {shown}, which is too old for Spark; {REMEDY}")
    return int(found[1])


def check_master(master: str) -> None:
    """Raise EngineUnavailable if no master of an address accepts connections; those without an address are not tried.

    Spark itself tries for a minute, and then ends without an error that names the setting.
    """
    scheme, _, rest = master.partition("://")
    addresses = rest.split(",") if scheme == "spark" else [rest.partition("://")[2]] if scheme == "k8s" else []
    if addresses and not any(map(_answers, addresses)):
        raise EngineUnavailable(f"{master} does not answer; start the master, or correct REGULARS_SPARK_MASTER")


def _answers(address: str) -> bool:
    url = urlsplit(f"//{address}")
    try:
        socket.create_connection((url.hostname or "", url.port or MASTER_PORT), CONNECT_SECONDS).close()
    except (OSError, ValueError):
        return False
    return True
