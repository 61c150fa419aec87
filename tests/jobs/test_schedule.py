"""The clock's slots: due by what was recorded, missed ones coalesced, the same for every process."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Engine, insert

from app.jobs.job_queue import CLOCK
from app.jobs.schedule import MOST_MISSED, cron, every, tick
from app.jobs.tables import job_run
from app.settings.cron import Cron
from tests.loading import query

NOW = datetime(2026, 3, 1, 12, 2, 30, tzinfo=UTC)
SLOT = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATES = "select state, count(*) from pipeline.job_run group by state order by state"


def ran(engine: Engine, *, ago: timedelta, job: str = "ingest", state: str = "succeeded") -> None:
    """A slot of the clock that was served, or waits, so long ago."""
    at = datetime.now(UTC) - ago
    with engine.begin() as connection:
        run = {"run_id": uuid4(), "job": job, "trigger": CLOCK, "scheduled_for": at, "state": state}
        connection.execute(insert(job_run).values(run))


def test_without_an_earlier_slot_the_newest_is_due() -> None:
    assert every(300)(None, NOW) == [SLOT]


def test_slots_are_the_same_whenever_a_process_looks() -> None:
    assert every(300)(None, NOW + timedelta(seconds=100)) == [SLOT]


def test_every_slot_since_the_last_is_due() -> None:
    assert every(300)(SLOT - timedelta(minutes=15), NOW) == [SLOT - timedelta(minutes=each) for each in (10, 5, 0)]


def test_within_a_slot_nothing_is_due() -> None:
    assert every(300)(SLOT, NOW) == []


def test_a_clock_that_jumped_back_makes_nothing_due() -> None:
    assert every(300)(SLOT + timedelta(hours=1), NOW) == []


def test_of_a_long_sleep_the_newest_slots_are_recorded() -> None:
    due = every(1)(NOW - timedelta(days=7), NOW)
    assert (len(due), due[-1]) == (MOST_MISSED + 1, NOW)


def test_a_cron_is_read_in_utc_over_midnight() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert cron(Cron("0 0 * * *"), NOW)(None, midnight + timedelta(seconds=1)) == [midnight]


def test_a_cron_without_an_earlier_slot_is_due_after_the_start() -> None:
    assert cron(Cron("0 3 * * *"), NOW)(None, NOW + timedelta(hours=1)) == []


def test_every_slot_of_a_cron_since_the_last_is_due() -> None:
    three = datetime(2026, 2, 27, 3, tzinfo=UTC)
    assert cron(Cron("0 3 * * *"), NOW)(three, NOW) == [three + timedelta(days=1), three + timedelta(days=2)]


def test_a_due_slot_is_queued(engine: Engine) -> None:
    assert (tick(engine, "ingest", every(300)), query(engine, STATES)) == (1, [("queued", 1)])


def test_missed_slots_are_coalesced_with_the_newest(engine: Engine) -> None:
    ran(engine, ago=timedelta(days=3))
    assert tick(engine, "ingest", every(86400)) == 3
    assert query(engine, STATES) == [("coalesced", 2), ("queued", 1), ("succeeded", 1)]


def test_a_slot_is_coalesced_with_a_run_that_waits(engine: Engine) -> None:
    ran(engine, ago=timedelta(minutes=6), state="queued")
    tick(engine, "ingest", every(300))
    assert dict(query(engine, STATES))["queued"] == 1


def test_a_slot_is_recorded_once(engine: Engine) -> None:
    tick(engine, "ingest", every(86400))
    assert (tick(engine, "ingest", every(86400)), query(engine, STATES)) == (0, [("queued", 1)])


def test_slots_of_another_job_are_others(engine: Engine) -> None:
    ran(engine, ago=timedelta(0), job="retrain")
    assert tick(engine, "ingest", every(300)) == 1
