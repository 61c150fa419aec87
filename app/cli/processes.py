"""Child processes of `regulars up`, which end with their parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

STOP_SECONDS = 6.0
STOP_WITH_PARENT = "_REGULARS_STOP_WITH_PARENT"


def start_process(arguments: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start a `regulars` subcommand in a new session, so that Ctrl-C reaches only the parent."""
    return subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "app.cli", *arguments],
        env={**os.environ, **environment, STOP_WITH_PARENT: "1"},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def stop(processes: Sequence["subprocess.Popen[bytes]"], seconds: float = STOP_SECONDS) -> None:
    """Send SIGTERM to all processes; kill those still running after `seconds`."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + seconds
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()


def stop_with_parent() -> None:
    """Handle the end of the parent process as SIGTERM; called in a process of `start_process`."""
    if os.environ.pop(STOP_WITH_PARENT, None):
        threading.Thread(target=_watch, name="parent-watch", daemon=True).start()


def _watch() -> None:
    # The parent never writes: this read returns when the parent's end of the pipe is closed, at its exit.
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
