"""A worker in a process of its own, forked from one that has imported the program: a start takes a tenth of the time.

This module is imported by that process; of the tests it imports none.
"""

import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pkgutil import resolve_name
from typing import Any, TextIO

from app import worker
from app.db.engine import make_engine
from app.jobs.job_queue import QueuePolicy
from app.jobs.leader import LeaderTimings
from app.jobs.lease import LeaseTimings
from app.pipeline.ingest import IngestPolicy
from app.settings import Settings
from app.webhooks.delivery_queue import DeliveryPolicy
from app.webhooks.dispatcher import DispatcherTimings

TIMINGS = worker.WorkerTimings(
    LeaderTimings(
        poll_seconds=0.1,
        retry_seconds=0.1,
        lease=LeaseTimings(lease_seconds=2.0, renew_seconds=0.1, margin_seconds=0.5),
        queue=QueuePolicy(first_delay_seconds=0.05),
    ),
    IngestPolicy(files_per_batch=2),
    DispatcherTimings(delivery=DeliveryPolicy(claim_seconds=2.0)),
)


@dataclass(frozen=True)
class WorkerProcess:
    """A started worker, and its log."""

    process: ForkServerProcess
    stderr: TextIO

    def send_signal(self, number: int) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        self.process.kill()

    def wait(self, seconds: float) -> int:
        """Return its exit code, or the negative number of the signal that ended it."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, "it has not ended"
        return self.process.exitcode


@contextmanager
def worker_process(url: str, folder: str, contract: str, step: str, calls: int) -> Iterator[WorkerProcess]:
    """A worker that is killed right after a step was done so many times; step: a function, or none."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    process = _forking().Process(target=_work, args=(writer, url, folder, contract, step, calls))
    process.start()
    writer.close()
    with open(os.dup(reader.fileno()), encoding="utf-8") as stderr:  # noqa: PTH123  # a descriptor has no path
        reader.close()
        try:
            yield WorkerProcess(process, stderr)
        finally:
            process.kill()  # a suspended process too
            process.join()


@cache
def _forking() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _work(log: Connection, url: str, folder: str, contract: str, step: str, calls: int) -> None:
    os.dup2(log.fileno(), 2)
    log.close()
    for name in [name for name in os.environ if name.startswith("REGULARS_")]:
        del os.environ[name]
    logging.basicConfig(level=logging.INFO)
    if step:
        _die_after(step, calls)
    settings = Settings(
        source=folder,
        contract=contract,
        as_of=date(2026, 3, 1),
        poll_seconds=86400,
        webhook_allow_private="127.0.0.0/8",
        settle_seconds=0,
    )
    worker.work(settings, make_engine(url), TIMINGS)


def _die_after(step: str, calls: int) -> None:
    place, _, name = step.rpartition(".")
    room = resolve_name(place)
    done, left = getattr(room, name), [calls]

    def then_die(*given: Any, **named: Any) -> Any:
        result = done(*given, **named)
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(room, name, then_die)
