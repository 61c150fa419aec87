"""Processes of a server, found by what they are and never by the number in a pid file."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil


def server_processes(cluster: Path) -> "list[psutil.Process]":
    """Processes of PostgreSQL that work in this cluster directory; what may not be looked at is not ours.

    psutil compares start times before it sends a signal, so a number that is used again is never hit.
    """
    import psutil  # noqa: PLC0415  # comes with the extra

    return [
        process
        for process in psutil.process_iter(["name"])
        if process.info["name"] == "postgres" and _works_in(process, cluster)
    ]


def postmaster(cluster: Path) -> "psutil.Process | None":
    """The server's first process: the others call themselves "postgres: …" in place of their command line."""
    import psutil  # noqa: PLC0415

    for process in server_processes(cluster):
        try:
            if "-D" in process.cmdline():
                return process
        except psutil.Error:
            continue
    return None


def send(process: "psutil.Process", number: int) -> None:
    """Send a signal, unless the process has ended."""
    import psutil  # noqa: PLC0415

    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _works_in(process: "psutil.Process", directory: Path) -> bool:
    """Whether the process works in this very directory, and not in a deleted one of the same name."""
    import psutil  # noqa: PLC0415

    link = Path(f"/proc/{process.pid}/cwd")
    try:
        return (link if Path("/proc/self/cwd").exists() else Path(process.cwd())).samefile(directory)
    except (OSError, psutil.Error):
        return False
