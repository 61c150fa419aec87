"""Leases: one process at a time leads, or does a job, and nobody writes under a lease that is no longer his.

A lease is a row with an epoch that only grows, on the database's clock. Its holder renews it from a thread of its own
and stops trusting itself before it is over. Every write transaction passes a fence: a lock that all transactions of
one lease share, then a look at the epoch. Who takes a lease over raises the epoch, ends the transactions that passed
the fence before, and waits until they are gone; what passes later sees the new epoch, and writes nothing.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import SQLAlchemyError

from app.db.sql import named
from app.errors import AlreadyRunning, LeaseLost
from app.jobs.tables import lease as table

LEASE_SECONDS = 30.0
RENEW_SECONDS = 2.0
MARGIN_SECONDS = 5.0
TAKEOVER_MILLISECONDS = 10_000
CHANNEL = "regulars_runs"
LEADER = "leader"
ALIVE = text("select pg_try_advisory_lock(hashtextextended(:holder, 0))")
PASS = text("select pg_advisory_xact_lock_shared(hashtextextended(:fence, 0))")
WAIT = text("select pg_advisory_xact_lock(hashtextextended(:fence, 0))")

Beat = Callable[[Connection], None]


@dataclass(slots=True)
class Lease:
    """A lease that is held: its name, its epoch, and until when (monotonic seconds) its holder may trust it."""

    name: str
    holder: str
    epoch: int
    trusted_until: float
    is_lost: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raise LeaseLost where another has it, or may have it."""
        if self.is_lost or time.monotonic() > self.trusted_until:
            raise LeaseLost(f"this process lost the lease {self.name!r}: it stood still for too long; another goes on")

    def fence(self, engine: Engine, connection: Connection) -> None:
        """Let a write transaction pass while the lease is held; raises LeaseLost.

        The epoch is read beside the transaction: its own view may be older than the lock.
        """
        self.check()
        connection.execute(PASS, {"fence": _fence(self.name)})
        with engine.connect() as beside:
            epoch = beside.execute(select(table.c.epoch).where(table.c.name == self.name)).scalar_one_or_none()
        if epoch != self.epoch:
            self.is_lost = True
            self.check()


@contextmanager
def held(engine: Engine, name: str, taken: str, beat: Beat | None = None) -> Iterator[Lease]:
    """Hold a lease, renewed all the while; raises AlreadyRunning, which says `taken`, where another holds it.

    beat: called after each renewal, with a connection in autocommit.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as heartbeat_connection:
        try:
            lease = _take(heartbeat_connection, name, taken)
            heart = threading.Thread(
                target=_renew, args=(heartbeat_connection, lease, beat), name=f"lease {name}", daemon=True
            )
            heart.start()
            try:
                yield lease
            finally:
                lease.stop.set()
                heart.join()
                with suppress(SQLAlchemyError):
                    values = {"name": name, "epoch": lease.epoch, "channel": CHANNEL}
                    heartbeat_connection.execute(named(__package__, "lease_release"), values)
        finally:
            heartbeat_connection.invalidate()  # the sign of life goes with its session


def is_free(connection: Connection, name: str) -> bool:
    """Whether nobody holds a lease: it was given back, is over, or its holder's session is gone."""
    held_by = select(table.c.holder).where(table.c.name == name, table.c.expires_at > text("clock_timestamp()"))
    holder = connection.execute(held_by).scalar_one_or_none()
    gone = text("select pg_try_advisory_xact_lock(hashtextextended(:holder, 0))")
    return holder is None or bool(connection.execute(gone, {"holder": holder}).scalar_one())


def _take(heartbeat_connection: Connection, name: str, taken: str) -> Lease:
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    heartbeat_connection.execute(ALIVE, {"holder": holder})
    heartbeat_connection.execute(upsert(table).values(name=name, epoch=0).on_conflict_do_nothing())
    begun = time.monotonic()
    wanted = {"name": name, "holder": holder, "seconds": LEASE_SECONDS}
    epoch = heartbeat_connection.execute(named(__package__, "lease_take"), wanted).scalar_one_or_none()
    if epoch is None:
        raise AlreadyRunning(taken)
    _end_writers(heartbeat_connection, name)
    return Lease(name, holder, epoch, begun + LEASE_SECONDS - MARGIN_SECONDS)


def _end_writers(heartbeat_connection: Connection, name: str) -> None:
    heartbeat_connection.execute(named(__package__, "lease_end_writers"), {"fence": _fence(name)})
    heartbeat_connection.execute(text(f"set lock_timeout = {TAKEOVER_MILLISECONDS}"))
    heartbeat_connection.execute(WAIT, {"fence": _fence(name)})
    heartbeat_connection.execute(text("reset lock_timeout"))


def _renew(heartbeat_connection: Connection, lease: Lease, beat: Beat | None) -> None:
    values = {"name": lease.name, "epoch": lease.epoch, "seconds": LEASE_SECONDS}
    while not lease.stop.wait(RENEW_SECONDS):
        begun = time.monotonic()
        with suppress(SQLAlchemyError):  # the server is away: it is asked again until the lease is over
            if heartbeat_connection.invalidated:
                heartbeat_connection.rollback()
                heartbeat_connection.execution_options(isolation_level="AUTOCOMMIT")
                heartbeat_connection.execute(ALIVE, {"holder": lease.holder})
            if heartbeat_connection.execute(named(__package__, "lease_renew"), values).one_or_none() is None:
                lease.is_lost = True
                return
            lease.trusted_until = begun + LEASE_SECONDS - MARGIN_SECONDS
            if beat is not None:
                beat(heartbeat_connection)


def _fence(name: str) -> str:
    return f"fence {name}"
