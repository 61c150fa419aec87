"""Pipeline status."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.errors import NoCustomers, StoreUnavailable
from app.jobs.context import Context
from app.jobs.job_queue import TRIGGER_CLOCK, enqueue
from app.jobs.lease import LEADER, held
from app.jobs.runs import running
from app.pipeline.retrain import retrain
from app.pipeline.staleness import AgeLimit
from app.pipeline.status import LAST_RUNS, PipelineState, read_status
from app.source.open import declared_sources
from tests.conftest import NOW
from tests.loading import BAD, change, load, sale

Put = Callable[..., Path]
AS_OF = date(2026, 3, 1)


def status(context: Context) -> PipelineState:
    with context.engine.connect() as connection:
        limit = AgeLimit(context.settings.today, 3)
        return read_status(connection, declared_sources(context.settings).contract, limit, is_contract_set=True)


def test_the_status_of_an_empty_database_is_empty(context: Context) -> None:
    found = asdict(status(context))
    assert {name for name, value in found.items() if value} == {"stale", "stale_causes"}


def test_status_has_data_through_and_warning(context: Context, put: Put) -> None:
    put(sale())
    put(BAD, day="2026-02-02")
    load(context)
    found = status(context)
    assert (found.data_through, found.warning) == (date(2026, 2, 1), "1 file rejected or failed, see /v1/files")


def test_status_counts_files_by_state(context: Context, put: Put) -> None:
    put(sale())
    put(sale(customer="A"), day="2026-02-02")
    put(BAD, day="2026-02-03")
    load(context)
    assert status(context).files == {"loaded": 2, "rejected": 1}


def test_status_has_the_current_run(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    with running(context.engine, "retrain") as run:
        retrain(context, run, AS_OF)
    found = status(context)
    assert (found.current_run_id, found.as_of, found.published_at) == (run.run_id, AS_OF, NOW)


def test_status_has_the_newest_runs_newest_first(context: Context) -> None:
    begun = []
    for _ in range(LAST_RUNS + 1):
        with running(context.engine, "ingest") as run:
            begun.append(run.run_id)
    assert [run["run_id"] for run in status(context).runs] == begun[:0:-1]


@pytest.mark.parametrize(
    ("column", "shown"), [("job", "ingest"), ("trigger", "api"), ("state", "queued"), ("counts", {})]
)
def test_status_has_the_details_of_a_run(context: Context, column: str, shown: object) -> None:
    enqueue(context.engine, "ingest", "api", NOW)
    assert status(context).runs[0][column] == shown


def test_status_has_rejected_files_with_reasons(context: Context, put: Callable[..., Path]) -> None:
    put(BAD)
    load(context)
    [rejected] = status(context).refused
    assert (rejected["state"], "valid_quantity (such as '-6')" in rejected["error"]) == ("rejected", True)


def test_status_has_the_leader_and_its_lease(context: Context) -> None:
    with held(context.engine, LEADER, "taken") as lease:
        found = status(context)
    assert (found.leader, found.epoch) == (lease.holder, 1)
    assert 25 < (found.lease_ends_in or 0) <= 30


def test_an_expired_lease_is_no_leader(context: Context) -> None:
    with held(context.engine, LEADER, "taken"):
        change(context.engine, "update pipeline.lease set expires_at = now()")
        assert status(context).leader is None


def test_status_has_backlog_and_queued_runs(context: Context) -> None:
    enqueue(context.engine, "retrain", "api", NOW)
    change(
        context.engine,
        "insert into pipeline.source_file (source, key, etag, size, last_modified, discovered_at) "
        "values ('sales', 'a.csv', 'e', 1, now(), now())",
    )
    found = status(context)
    assert (found.backlog, found.queued) == (1, 1)


def test_status_has_the_last_success_of_each_job(context: Context) -> None:
    with running(context.engine, "ingest"):
        pass
    with suppress(ValueError), running(context.engine, "retrain"):
        raise ValueError
    assert list(status(context).last_success) == ["ingest"]


def test_status_names_the_slots_of_a_wrong_clock(context: Context) -> None:
    ahead = datetime(2100, 1, 1, tzinfo=UTC)
    enqueue(context.engine, "ingest", TRIGGER_CLOCK, ahead)
    assert status(context).slots_ahead == {"ingest": ahead}


def test_status_counts_the_files_that_the_newest_ingest_left_to_the_next(context: Context) -> None:
    for settling in (3, 2):
        with running(context.engine, "ingest") as run:
            run.counts["settling"] = settling
    assert status(context).settling == 2


def test_status_counts_failures_by_kind(context: Context) -> None:
    for error in (StoreUnavailable("away"), StoreUnavailable("away"), NoCustomers("none")):
        with suppress(type(error)), running(context.engine, "ingest"):
            raise error
    assert status(context).failures == {"infrastructure": 2, "data": 1}


@pytest.mark.parametrize(("age", "counted"), [("6 days", {"infrastructure": 1}), ("8 days", {})])
def test_status_counts_the_failures_of_seven_days(context: Context, age: str, counted: dict[str, int]) -> None:
    with suppress(StoreUnavailable), running(context.engine, "ingest"):
        raise StoreUnavailable("away")
    change(context.engine, f"update pipeline.job_run set finished_at = finished_at - interval '{age}'")  # noqa: S608
    assert status(context).failures == counted


def test_status_has_the_reason_of_a_closed_gate(context: Context, put: Put) -> None:
    put(sale())
    put(BAD, day="2026-02-02")
    load(context)
    assert status(context).gate_reason == "1 of the newest 2 files rejected or failed"


def test_money_is_in_the_order_of_the_outcomes(context: Context, put: Put) -> None:
    put(sale(quantity=1), sale("536366", customer=""), BAD)
    put(sale("536367", quantity=50), day="2026-02-02")
    load(context)
    assert list(status(context).money) == ["counted", "no_customer", "quarantined"]
