"""Schedules: slots due since the last recorded one, missed ones coalesced, the same in every process."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert

from app.jobs.job_queue import TRIGGER_CLOCK
from app.jobs.schedule import MAX_MISSED, Schedule, Tick, cron, every, slots_ahead, tick
from app.jobs.tables import job_run
from app.settings.cron import Cron
from tests.loading import query

NOW = datetime(2026, 3, 1, 12, 2, 30, tzinfo=UTC)
SLOT = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATES = "select state, count(*) from pipeline.job_run group by state order by state"


def ran(engine: Engine, *, ago: timedelta, job: str = "ingest", state: str = "succeeded") -> None:
    """A recorded slot of the schedule."""
    at = datetime.now(UTC) - ago
    with engine.begin() as connection:
        run = {"run_id": uuid4(), "job": job, "trigger": TRIGGER_CLOCK, "scheduled_for": at, "state": state}
        connection.execute(insert(job_run).values(run))


def test_without_an_earlier_slot_the_newest_is_due() -> None:
    assert every(300).due(None, NOW) == [SLOT]


def test_slots_do_not_depend_on_the_time_of_the_tick() -> None:
    assert every(300).due(None, NOW + timedelta(seconds=100)) == [SLOT]


def test_every_slot_since_the_last_is_due() -> None:
    assert every(300).due(SLOT - timedelta(minutes=15), NOW) == [SLOT - timedelta(minutes=each) for each in (10, 5, 0)]


def test_within_a_slot_nothing_is_due() -> None:
    assert every(300).due(SLOT, NOW) == []


def test_after_a_clock_jumped_back_nothing_is_due() -> None:
    assert every(300).due(SLOT + timedelta(hours=1), NOW) == []


def test_after_a_long_pause_the_newest_slots_are_recorded() -> None:
    due = every(1).due(NOW - timedelta(days=7), NOW)
    assert (len(due), due[-1]) == (MAX_MISSED + 1, NOW)


def test_a_cron_is_read_in_utc_over_midnight() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert cron(Cron("0 0 * * *"), NOW).due(None, midnight + timedelta(seconds=1)) == [midnight]


def test_a_cron_without_an_earlier_slot_is_due_after_the_start() -> None:
    assert cron(Cron("0 3 * * *"), NOW).due(None, NOW + timedelta(hours=1)) == []


def test_every_slot_of_a_cron_since_the_last_is_due() -> None:
    three = datetime(2026, 2, 27, 3, tzinfo=UTC)
    assert cron(Cron("0 3 * * *"), NOW).due(three, NOW) == [three + timedelta(days=1), three + timedelta(days=2)]


def test_a_due_slot_is_queued(engine: Engine) -> None:
    assert tick(engine, "ingest", every(300)) == Tick(1, None)
    assert query(engine, STATES) == [("queued", 1)]


def test_missed_slots_are_coalesced_with_the_newest(engine: Engine) -> None:
    ran(engine, ago=timedelta(days=3))
    assert tick(engine, "ingest", every(86400)).recorded == 3
    assert query(engine, STATES) == [("coalesced", 2), ("queued", 1), ("succeeded", 1)]


def test_a_slot_is_coalesced_with_a_queued_run(engine: Engine) -> None:
    ran(engine, ago=timedelta(minutes=6), state="queued")
    tick(engine, "ingest", every(300))
    assert dict(query(engine, STATES))["queued"] == 1


def test_a_slot_is_recorded_once(engine: Engine) -> None:
    tick(engine, "ingest", every(86400))
    assert tick(engine, "ingest", every(86400)).recorded == 0
    assert query(engine, STATES) == [("queued", 1)]


def test_slots_of_jobs_are_independent(engine: Engine) -> None:
    ran(engine, ago=timedelta(0), job="retrain")
    assert tick(engine, "ingest", every(300)).recorded == 1


# --- a clock that was once wrong


@pytest.mark.parametrize(
    "schedule",
    [every(300), cron(Cron("*/5 * * * *"), datetime.now(UTC) - timedelta(minutes=6))],
    ids=["interval", "cron"],
)
def test_a_slot_far_in_the_future_counts_as_over_and_is_reported(engine: Engine, schedule: Schedule) -> None:
    ran(engine, ago=timedelta(days=-900))
    found = tick(engine, "ingest", schedule)
    assert found.recorded > 0
    assert found.ahead is not None
    assert found.ahead > datetime.now(UTC) + timedelta(days=899)


def test_a_slot_within_one_interval_counts(engine: Engine) -> None:
    ran(engine, ago=timedelta(hours=-23))
    assert tick(engine, "ingest", every(86_400)) == Tick(0, None)


def test_a_slot_in_the_future_does_not_hide_earlier_ones(engine: Engine) -> None:
    ran(engine, ago=timedelta(days=-900))
    ran(engine, ago=timedelta(0))
    assert tick(engine, "ingest", every(86_400)).recorded == 0


def test_the_interval_of_a_cron_is_that_between_its_next_slots() -> None:
    friday = datetime(2026, 2, 27, 12, tzinfo=UTC)
    assert cron(Cron("0 3 * * 0"), friday).interval(friday) == timedelta(days=7)


def test_slots_in_the_future_are_named(engine: Engine) -> None:
    ran(engine, ago=timedelta(days=-900))
    ran(engine, ago=timedelta(0), job="retrain")
    with engine.connect() as connection:
        assert list(slots_ahead(connection)) == ["ingest"]
