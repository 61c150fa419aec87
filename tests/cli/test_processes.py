"""Child processes of `regulars up`."""

import signal
import subprocess
import sys
import time

from app.cli.processes import stop

IGNORING_SIGTERM = "import signal, sys, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
PENDING = "import sys, time; print(flush=True); time.sleep(60)"


def child(script: str) -> "subprocess.Popen[bytes]":
    """A process whose script has begun."""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def test_processes_are_ended_by_sigterm() -> None:
    processes = [child(PENDING), child(PENDING)]
    stop(processes)
    assert [process.returncode for process in processes] == [-signal.SIGTERM] * 2


def test_processes_that_ignore_sigterm_are_killed_together() -> None:
    processes = [child(IGNORING_SIGTERM), child(IGNORING_SIGTERM)]
    began = time.monotonic()
    stop(processes, seconds=0.5)
    assert time.monotonic() - began < 0.9
    assert [process.returncode for process in processes] == [-signal.SIGKILL] * 2
