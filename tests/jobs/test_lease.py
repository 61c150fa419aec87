"""The lease: one holds it, whoever lost it writes nothing, and a process that stands still holds nobody up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from app.errors import AlreadyRunning, LeaseLost
from app.jobs import lease
from app.jobs.lease import Lease, held, is_free
from tests.loading import change, query, until

OVER = "update pipeline.lease set expires_at = clock_timestamp() - interval '1 s'"
PULSES = """
    select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock'
    and database = (select oid from pg_database where datname = current_database())
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.02)


@contextmanager
def still(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> Iterator[Lease]:
    """A lease whose holder stands still until it is over."""
    with monkeypatch.context() as patch:
        patch.setattr(lease, "RENEW_SECONDS", 600.0)
        with held(engine, "a", "taken") as mine:
            change(engine, OVER)
            yield mine


def epoch(engine: Engine) -> int:
    ((found,),) = query(engine, "select epoch from pipeline.lease where name = 'a'")
    return int(found)


def write(connection: Connection) -> None:
    connection.execute(text("create table written (n int)"))


def test_a_lease_is_held_by_one(engine: Engine) -> None:
    with held(engine, "a", "taken"), pytest.raises(AlreadyRunning, match="taken"), held(engine, "a", "taken"):
        pass


def test_leases_of_other_names_are_others(engine: Engine) -> None:
    with held(engine, "a", "taken"), held(engine, "b", "taken") as other:
        assert other.epoch == 1


def test_the_epoch_only_grows(engine: Engine) -> None:
    epochs = []
    for _ in range(3):
        with held(engine, "a", "taken") as mine:
            epochs.append(mine.epoch)
    assert epochs == [1, 2, 3]


def test_a_lease_that_is_given_back_is_free_at_once(engine: Engine, connection: Connection) -> None:
    with held(engine, "a", "taken"):
        pass
    with engine.connect() as beside:
        assert is_free(beside, "a")


def test_a_lease_that_is_held_is_not_free(engine: Engine) -> None:
    with held(engine, "a", "taken"), engine.connect() as beside:
        assert not is_free(beside, "a")


def test_a_lease_is_renewed(engine: Engine) -> None:
    ends = "select expires_at from pipeline.lease"
    with held(engine, "a", "taken"):
        first = query(engine, ends)
        assert until(lambda: query(engine, ends) > first)


def test_a_lease_that_is_over_is_taken_over(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with still(monkeypatch, engine), held(engine, "a", "taken") as other:
        assert other.epoch == 2


def test_who_lost_the_lease_notices_at_its_next_renewal(engine: Engine) -> None:
    with held(engine, "a", "taken") as mine:
        change(engine, "update pipeline.lease set epoch = epoch + 1")
        assert until(lambda: mine.is_lost)
        with pytest.raises(LeaseLost, match="lost the lease 'a'"):
            mine.check()


def test_who_could_not_renew_stops_trusting_himself_before_the_end(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 600.0)
    with held(engine, "a", "taken") as mine:
        assert mine.trusted_until <= time.monotonic() + lease.LEASE_SECONDS - lease.MARGIN_SECONDS
        mine.trusted_until = time.monotonic() - 1
        with pytest.raises(LeaseLost):
            mine.check()


def test_who_holds_the_lease_may_write(engine: Engine) -> None:
    with held(engine, "a", "taken") as mine, engine.begin() as connection:
        mine.fence(engine, connection)
        write(connection)
    assert query(engine, "select count(*) from written") == [(0,)]


def test_who_lost_the_lease_may_not_begin_to_write(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        still(monkeypatch, engine) as mine,
        held(engine, "a", "taken"),
        engine.connect() as connection,
        pytest.raises(LeaseLost),
    ):
        mine.fence(engine, connection)


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_what_was_being_written_when_the_lease_was_taken_over_is_never_committed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    with still(monkeypatch, engine) as mine, engine.connect().execution_options(isolation_level=level) as connection:
        mine.fence(engine, connection)
        write(connection)
        with held(engine, "a", "taken"), pytest.raises(OperationalError, match="terminat"):
            connection.execute(text("select 1"))
    assert query(engine, "select to_regclass('written')") == [(None,)]


def test_the_lease_of_a_process_whose_session_is_gone_is_taken_over_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 600.0)
    with held(engine, "a", "taken"):
        query(engine, PULSES)
        with held(engine, "a", "taken") as other:
            assert other.epoch == 2


def test_a_lease_outlives_a_cut_connection(engine: Engine) -> None:
    ends = "select expires_at from pipeline.lease"
    with held(engine, "a", "taken") as mine:
        query(engine, PULSES)
        cut = query(engine, ends)
        assert until(lambda: query(engine, ends) > cut)
        mine.check()
        assert epoch(engine) == mine.epoch


def test_who_comes_back_after_another_took_over_gives_nothing_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held(engine, "b", "taken"), still(monkeypatch, engine), held(engine, "a", "taken"):
        pass
    with still(monkeypatch, engine):
        other = held(engine, "a", "taken")
        other.__enter__()
    with engine.connect() as beside:
        assert not is_free(beside, "a")
    other.__exit__(None, None, None)
