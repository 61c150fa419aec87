"""Child processes of `regulars up`, tied to the life of their parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

STOP_SECONDS = 6.0
TIED = "_REGULARS_TIED"


def start_process(arguments: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start a `regulars` subcommand in a session of its own, so that Ctrl-C reaches the parent alone."""
    return subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "app.cli", *arguments],
        env={**os.environ, **environment, TIED: "1"},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def stop(processes: Sequence["subprocess.Popen[bytes]"], seconds: float = STOP_SECONDS) -> None:
    """End processes by SIGTERM together; kill those that are running after `seconds`."""
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
    """In a process started above: end as if by SIGTERM when the parent has ended, for whatever reason."""
    if os.environ.pop(TIED, None):
        threading.Thread(target=_watch, name="parent-watch", daemon=True).start()


def _watch() -> None:
    # The parent never writes: this read returns when its end of the pipe closes, which is when the parent dies.
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
