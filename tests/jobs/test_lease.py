"""The lease: one holder at a time, no writes after its loss, and no waiting for a stopped process."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from app.errors import AlreadyRunning, LeaseLost
from app.jobs.lease import Lease, LeaseTimings, held, is_free
from tests.loading import change, query, until

OVER = "update pipeline.lease set expires_at = clock_timestamp() - interval '1 s'"
CUT = """
    select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock'
    and database = (select oid from pg_database where datname = current_database())
"""


QUICK = LeaseTimings(renew_seconds=0.02)
STOPPED = LeaseTimings(renew_seconds=600.0)


def hold(engine: Engine, name: str = "a", timings: LeaseTimings = QUICK) -> AbstractContextManager[Lease]:
    return held(engine, name, "taken", timings=timings)


@contextmanager
def stopped(engine: Engine) -> Iterator[Lease]:
    """A lease whose holder is stopped until it expires."""
    with hold(engine, timings=STOPPED) as mine:
        change(engine, OVER)
        yield mine


def epoch(engine: Engine) -> int:
    ((found,),) = query(engine, "select epoch from pipeline.lease where name = 'a'")
    return int(found)


def write(connection: Connection) -> None:
    connection.execute(text("create table written (n int)"))


def test_a_lease_has_one_holder(engine: Engine) -> None:
    with hold(engine), pytest.raises(AlreadyRunning, match="taken"), hold(engine):
        pass


def test_leases_with_other_names_are_independent(engine: Engine) -> None:
    with hold(engine), hold(engine, "b") as other:
        assert other.epoch == 1


def test_the_epoch_only_grows(engine: Engine) -> None:
    epochs = []
    for _ in range(3):
        with hold(engine) as mine:
            epochs.append(mine.epoch)
    assert epochs == [1, 2, 3]


def test_a_released_lease_is_free_at_once(engine: Engine, connection: Connection) -> None:
    with hold(engine):
        pass
    with engine.connect() as beside:
        assert is_free(beside, "a")


def test_a_lease_that_is_held_is_not_free(engine: Engine) -> None:
    with hold(engine), engine.connect() as beside:
        assert not is_free(beside, "a")


def test_a_lease_is_renewed(engine: Engine) -> None:
    ends = "select expires_at from pipeline.lease"
    with hold(engine):
        first = query(engine, ends)
        assert until(lambda: query(engine, ends) > first)


def test_an_expired_lease_is_taken_over(engine: Engine) -> None:
    with stopped(engine), hold(engine) as other:
        assert other.epoch == 2


def test_a_lost_lease_is_noticed_at_the_next_renewal(engine: Engine) -> None:
    with hold(engine) as mine:
        change(engine, "update pipeline.lease set epoch = epoch + 1")
        assert until(lambda: mine.is_lost)
        with pytest.raises(LeaseLost, match="lost the lease 'a'"):
            mine.check()


def test_without_renewals_trust_ends_before_the_lease(engine: Engine) -> None:
    with hold(engine, timings=STOPPED) as mine:
        assert mine.trusted_until <= time.monotonic() + STOPPED.lease_seconds - STOPPED.margin_seconds
        mine.trusted_until = time.monotonic() - 1
        with pytest.raises(LeaseLost):
            mine.check()


def test_the_holder_may_write(engine: Engine) -> None:
    with hold(engine) as mine, engine.begin() as connection:
        mine.fence(engine, connection)
        write(connection)
    assert query(engine, "select count(*) from written") == [(0,)]


def test_after_its_loss_no_transaction_passes_the_fence(engine: Engine) -> None:
    with (
        stopped(engine) as mine,
        hold(engine),
        engine.connect() as connection,
        pytest.raises(LeaseLost),
    ):
        mine.fence(engine, connection)


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_a_transaction_in_progress_at_a_takeover_is_never_committed(engine: Engine, level: str) -> None:
    with stopped(engine) as mine, engine.connect().execution_options(isolation_level=level) as connection:
        mine.fence(engine, connection)
        write(connection)
        with hold(engine), pytest.raises(OperationalError, match="terminat"):
            connection.execute(text("select 1"))
    assert query(engine, "select to_regclass('written')") == [(None,)]


def test_the_lease_of_an_ended_session_is_taken_over_at_once(engine: Engine) -> None:
    with hold(engine, timings=STOPPED):
        query(engine, CUT)
        with hold(engine) as other:
            assert other.epoch == 2


def test_a_lease_survives_a_cut_connection(engine: Engine) -> None:
    ends = "select expires_at from pipeline.lease"
    with hold(engine) as mine:
        query(engine, CUT)
        cut = query(engine, ends)
        assert until(lambda: query(engine, ends) > cut)
        mine.check()
        assert epoch(engine) == mine.epoch


def test_a_lost_lease_is_not_released(engine: Engine) -> None:
    with hold(engine, "b"), stopped(engine), hold(engine):
        pass
    with stopped(engine):
        other = hold(engine)
        other.__enter__()
    with engine.connect() as beside:
        assert not is_free(beside, "a")
    other.__exit__(None, None, None)
