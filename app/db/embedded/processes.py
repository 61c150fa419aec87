"""Find the processes of a server by name and working directory, without a pid file."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil


def server_processes(cluster: Path) -> "list[psutil.Process]":
    """Return the PostgreSQL processes in this cluster directory; processes that cannot be inspected are skipped.

    psutil compares start times before it sends a signal, so a reused pid is never signalled.
    """
    import psutil  # noqa: PLC0415  # comes with the extra

    return [
        process
        for process in psutil.process_iter(["name"])
        if process.info["name"] == "postgres" and _works_in(process, cluster)
    ]


def postmaster(cluster: Path) -> "psutil.Process | None":
    """Return the server's main process."""
    return next(filter(is_postmaster, server_processes(cluster)), None)


def is_postmaster(process: "psutil.Process") -> bool:
    """Return whether a process is a server's main process; the others replace their command line by "postgres: …"."""
    import psutil  # noqa: PLC0415

    try:
        return "-D" in process.cmdline()
    except psutil.Error:
        return False


def send(process: "psutil.Process", number: int) -> None:
    """Send a signal, unless the process has ended."""
    import psutil  # noqa: PLC0415

    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _works_in(process: "psutil.Process", directory: Path) -> bool:
    """Return whether the process runs in this directory, not in a deleted directory of the same name."""
    import psutil  # noqa: PLC0415

    link = Path(f"/proc/{process.pid}/cwd")
    try:
        return (link if Path("/proc/self/cwd").exists() else Path(process.cwd())).samefile(directory)
    except (OSError, psutil.Error):
        return False
