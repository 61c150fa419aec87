"""Leases with fencing: one process at a time leads or runs a job, and a process that lost its lease commits nothing.

A lease is a row with an increasing epoch, timed by the database's clock. Its holder renews it in a thread, and treats
it as lost some seconds before it expires. Every write transaction passes a fence: it takes a lock shared by the
transactions of one lease, and then checks the epoch. A process that takes over a lease increases the epoch, terminates
the transactions that passed the fence before, and waits for their end; later ones see the new epoch and fail.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import SQLAlchemyError

from app.db.sql import named
from app.errors import AlreadyRunning, LeaseLost
from app.jobs.tables import lease as lease_table

RUNS_CHANNEL: Final = "regulars_runs"
LEADER: Final = "leader"
PROVE_ALIVE: Final = text("select pg_try_advisory_lock(hashtextextended(:holder, 0))")
SESSION_ENDED: Final = text("select pg_try_advisory_xact_lock(hashtextextended(:holder, 0))")
PASS_FENCE: Final = text("select pg_advisory_xact_lock_shared(hashtextextended(:fence, 0))")
WAIT_FOR_FENCE: Final = text("select pg_advisory_xact_lock(hashtextextended(:fence, 0))")

Heartbeat = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class LeaseTimings:
    """Timings of a lease, in seconds.

    Attributes:
        lease_seconds: time from a renewal to the expiry.
        renew_seconds: interval between two renewals.
        margin_seconds: time before the expiry at which the holder treats the lease as lost.
        takeover_seconds: longest wait for the previous holder's transactions to end.
    """

    lease_seconds: float = 30.0
    renew_seconds: float = 2.0
    margin_seconds: float = 5.0
    takeover_seconds: float = 10.0

    @property
    def trusted_seconds(self) -> float:
        """Seconds from a renewal until the holder treats the lease as lost."""
        return self.lease_seconds - self.margin_seconds


DEFAULT_TIMINGS: Final = LeaseTimings()


@dataclass(slots=True)
class Lease:
    """A held lease.

    Attributes:
        name: `leader`, or the name of a job.
        holder: host, process and a random number.
        epoch: sequence number of the holder.
        trusted_until: monotonic time at which the holder treats the lease as lost.
        is_lost: whether another process took over the lease.
        stop: event that ends the renewals.
    """

    name: str
    holder: str
    epoch: int
    trusted_until: float
    is_lost: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raise LeaseLost if another process holds the lease, or may hold it."""
        if self.is_lost or time.monotonic() > self.trusted_until:
            raise LeaseLost(
                f"this process lost the lease {self.name!r}: it was suspended for too long; another process continues"
            )

    def fence(self, engine: Engine, connection: Connection) -> None:
        """Check in a write transaction that the lease is held; raises LeaseLost.

        The epoch is read on a second connection, because the transaction's snapshot may be older than the lock.
        """
        self.check()
        connection.execute(PASS_FENCE, {"fence": _fence(self.name)})
        with engine.connect() as reader:
            epoch = reader.execute(
                select(lease_table.c.epoch).where(lease_table.c.name == self.name)
            ).scalar_one_or_none()
        if epoch != self.epoch:
            self.is_lost = True
            self.check()


@contextmanager
def held(
    engine: Engine,
    name: str,
    message: str,
    heartbeat: Heartbeat | None = None,
    timings: LeaseTimings = DEFAULT_TIMINGS,
) -> Iterator[Lease]:
    """Hold a lease and renew it; raises AlreadyRunning if another process holds it.

    Args:
        message: message of AlreadyRunning.
        heartbeat: called after each renewal with a connection in autocommit.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            lease = _take(connection, name, message, timings)
            renewals = threading.Thread(
                target=_renew, args=(connection, lease, heartbeat, timings), name=f"lease {name}", daemon=True
            )
            renewals.start()
            try:
                yield lease
            finally:
                lease.stop.set()
                renewals.join()
                with suppress(SQLAlchemyError):
                    values = {"name": name, "epoch": lease.epoch, "channel": RUNS_CHANNEL}
                    connection.execute(named(__package__, "lease_release"), values)
        finally:
            connection.invalidate()  # the session lock that proves this process alive ends with its session


def is_free(connection: Connection, name: str) -> bool:
    """Return whether a lease has no holder: released, expired, or its holder's session ended."""
    held_by = select(lease_table.c.holder).where(
        lease_table.c.name == name, lease_table.c.expires_at > text("clock_timestamp()")
    )
    holder = connection.execute(held_by).scalar_one_or_none()
    return holder is None or bool(connection.execute(SESSION_ENDED, {"holder": holder}).scalar_one())


def _take(connection: Connection, name: str, message: str, timings: LeaseTimings) -> Lease:
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    connection.execute(PROVE_ALIVE, {"holder": holder})
    connection.execute(upsert(lease_table).values(name=name, epoch=0).on_conflict_do_nothing())
    begun = time.monotonic()
    values = {"name": name, "holder": holder, "seconds": timings.lease_seconds}
    epoch = connection.execute(named(__package__, "lease_take"), values).scalar_one_or_none()
    if epoch is None:
        raise AlreadyRunning(message)
    _end_writers(connection, name, timings)
    return Lease(name, holder, epoch, begun + timings.trusted_seconds)


def end_writers(connection: Connection, name: str) -> None:
    """Terminate the open transactions of the former holders of a lease that is free, or held by the caller."""
    connection.execute(named(__package__, "lease_end_writers"), {"fence": _fence(name)})


def _end_writers(connection: Connection, name: str, timings: LeaseTimings) -> None:
    end_writers(connection, name)
    connection.execute(text(f"set lock_timeout = {round(timings.takeover_seconds * 1_000)}"))
    connection.execute(WAIT_FOR_FENCE, {"fence": _fence(name)})
    connection.execute(text("set lock_timeout = 0"))


def _renew(connection: Connection, lease: Lease, heartbeat: Heartbeat | None, timings: LeaseTimings) -> None:
    values = {"name": lease.name, "epoch": lease.epoch, "seconds": timings.lease_seconds}
    while not lease.stop.wait(timings.renew_seconds):
        begun = time.monotonic()
        with suppress(SQLAlchemyError):  # the server is unavailable: retried until the lease expires
            if connection.invalidated:
                connection.rollback()
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.execute(PROVE_ALIVE, {"holder": lease.holder})
            if connection.execute(named(__package__, "lease_renew"), values).one_or_none() is None:
                lease.is_lost = True
                return
            lease.trusted_until = begun + timings.trusted_seconds
            if heartbeat is not None:
                heartbeat(connection)


def _fence(name: str) -> str:
    return f"fence {name}"
