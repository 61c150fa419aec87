"""Processes that `regulars up` starts, and what they leave when it goes."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

GRACE_SECONDS = 15
TIED = "_REGULARS_TIED"


@contextmanager
def started(arguments: list[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A `regulars` subcommand in a process of its own; on leaving it is asked to stop, at last made to.

    It is out of the terminal's reach, so that Ctrl-C comes to the parent alone, and tied to the parent's life.
    """
    process = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "app.cli", *arguments],
        env={**os.environ, **environment, TIED: "1"},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def stop_with_parent() -> None:
    """In a process started above: stop as if asked to when the parent is gone, however it went."""
    if os.environ.pop(TIED, None):
        threading.Thread(target=_watch, name="parent-watch", daemon=True).start()


def _watch() -> None:
    # The parent never writes: this read ends when its end of the pipe closes, and that is when it dies.
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
