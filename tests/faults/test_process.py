"""What it must survive, *Process*: after each fault everything is as if it had not been."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from app.db.embedded import embedded_postgres
from app.errors import DatabaseUnavailable
from app.jobs.context import Context
from app.jobs.schedule import cron
from app.settings import Settings
from app.settings.cron import Cron
from app.webhooks.tables import QUALITY_FAILED
from tests.conftest import NOW
from tests.contracts import any_day
from tests.faults.crashes import (
    SLOWLY,
    Backlog,
    Shop,
    backlog,
    shop,
    until_it_copies,
    until_it_says,
    wait_for_exit,
)
from tests.loading import change, load, query, states, until, until_somebody_waits
from tests.postgres import shared_server
from tests.receiver import NEVER, receiving
from tests.webhooks.sending import emit, endpoint

STEPS = {
    "listing": "app.pipeline.ledger.discover",
    "locking": "app.pipeline.ledger.lock",
    "looking at the ledger again": "app.pipeline.ledger.read_versions",
    "bronze": "app.pipeline.load_file.load",
    "silver and quarantine": "app.silver.clean.clean",
    "taking the old version out": "app.silver.clean.delete_rows",
    "ledger": "app.pipeline.ledger.record_loaded",
    "expectations and counts": "app.quality.measure.measure",
    "counts of the old version": "app.quality.measure.delete_silver_measurements",
    "gold": "app.pipeline.load_batch.refresh_gold",
    "freshness": "app.pipeline.load_batch.update_freshness",
    "commit": "app.pipeline.load_batch:BatchLoader.load",
    "segments": "app.pipeline.ingest.assign",
}
LEADER = "select epoch, holder from pipeline.lease where name = 'leader'"
DELIVERIES = "select state from webhooks.webhook_delivery"
ATTEMPTS = "select distinct attempts, error from pipeline.source_file where state = 'discovered'"


@pytest.fixture(scope="module")
def waiting(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backlog]:
    folder = tmp_path_factory.mktemp("backlog") / "sales"
    settings = Settings(source=str(folder), as_of=date(2026, 3, 1), contract=any_day())
    with backlog(postgres, folder, context_of(settings)) as begun:
        yield begun


@pytest.fixture
def here(postgres: str, waiting: Backlog, settings: Settings) -> Iterator[Shop]:
    with shop(postgres, waiting, context_of(settings)) as copy:
        yield copy


def context_of(settings: Settings) -> Context:
    """A context whose database is yet to come."""
    return Context(None, settings, clock=lambda: NOW)  # type: ignore[arg-type]


def epoch(here: Shop) -> int:
    found = query(here.engine, LEADER)
    return int(found[0][0]) if found else 0


@pytest.mark.parametrize(("step", "call"), [*((step, 1) for step in STEPS), ("bronze", 2), ("gold", 2), ("commit", 2)])
def test_kill_9_right_after_a_step(here: Shop, step: str, call: int) -> None:
    with here.worker(STEPS[step], call) as worker:
        assert wait_for_exit(worker) == -signal.SIGKILL
    assert here.ends_as_if_nothing_had_been()


def test_kill_9_and_another_worker_continues(here: Shop) -> None:
    with here.worker("app.pipeline.load_batch.refresh_gold") as worker:
        wait_for_exit(worker)
    with here.worker() as worker:
        assert until(here.all_is_loaded)
        worker.send_signal(signal.SIGTERM)
        assert wait_for_exit(worker) == 0
    assert here.ends_as_if_nothing_had_been()


def test_sigterm_in_the_middle_of_a_file(here: Shop) -> None:
    change(
        here.engine,
        "create function held() returns trigger language plpgsql as $$ begin "
        "perform pg_advisory_xact_lock_shared(hashtext('held')); return new; end $$",
        "create trigger held before insert on bronze.sales_row for each row execute function held()",
    )
    with here.worker() as worker:
        with here.engine.begin() as other:
            other.execute(text("select pg_advisory_xact_lock(hashtext('held'))"))
            until_it_copies(here)
            worker.send_signal(signal.SIGTERM)
            until_it_says(worker, "stopping")
        assert wait_for_exit(worker, 10) == 0
    assert query(here.engine, "select count(*) from pipeline.lease where holder is not null") == [(0,)]
    assert "discovered" in states(here.engine)
    assert here.ends_as_if_nothing_had_been()


def test_connection_cut_in_the_middle_of_a_copy(here: Shop) -> None:
    change(here.engine, *SLOWLY)
    with here.worker() as worker:
        query(here.engine, f"select pg_terminate_backend({until_it_copies(here)})")
        assert until(here.all_is_loaded)
        worker.send_signal(signal.SIGTERM)
        assert wait_for_exit(worker) == 0
    kinds = query(here.engine, "select error_kind from pipeline.job_run where job = 'ingest' and state = 'failed'")
    assert kinds == [("infrastructure",)]
    assert here.ends_as_if_nothing_had_been()


def test_postgresql_restarts_under_load(tmp_path: Path, settings: Settings) -> None:
    with (
        shared_server(tmp_path / "data") as url,
        backlog(url, tmp_path / "sales", context_of(settings)) as begun,
        shop(url, begun, context_of(settings)) as here,
        here.worker() as worker,
    ):
        change(here.engine, *SLOWLY)
        until_it_copies(here)
        pid = int((tmp_path / "data" / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        until(lambda: not Path(f"/proc/{pid}").exists())
        with embedded_postgres(tmp_path / "data"):
            assert until(here.all_is_loaded)
            worker.send_signal(signal.SIGTERM)
            assert wait_for_exit(worker) == 0
            assert here.ends_as_if_nothing_had_been()


def test_kill_9_between_a_webhook_and_its_record(here: Shop) -> None:
    with receiving() as receiver:
        endpoint(here.engine, receiver.url, events=[QUALITY_FAILED])
        emit(here.engine)
        receiver.answers.append(NEVER)
        with here.worker() as worker:
            until(lambda: receiver.received != [])
            worker.kill()
            wait_for_exit(worker)
        assert query(here.engine, DELIVERIES) == [("pending",)]
        with here.worker() as worker:
            assert until(lambda: query(here.engine, DELIVERIES) == [("delivered",)])
            worker.send_signal(signal.SIGTERM)
            assert wait_for_exit(worker) == 0
        assert (len(receiver.ids) > 1, len(set(receiver.ids))) == (True, 1)


def test_disk_full(here: Shop) -> None:
    """As PostgreSQL words it, where the rows of silver are written."""
    change(
        here.engine,
        "create function full_up() returns trigger language plpgsql as $$ begin "
        "raise 'could not extend file: No space left on device' using errcode = '53100'; end $$",
        "create trigger full_up before insert on silver.sales_row execute function full_up()",
    )
    with pytest.raises(DatabaseUnavailable, match="No space left on device"):
        load(here.context)
    assert query(here.engine, ATTEMPTS) == [(0, None)]
    change(here.engine, "drop trigger full_up on silver.sales_row")
    assert here.ends_as_if_nothing_had_been()


def test_deadlock(here: Shop) -> None:
    failed: list[Exception] = []

    def loading() -> None:
        try:
            load(here.context)
        except DatabaseUnavailable as error:
            failed.append(error)

    with here.engine.begin() as other:
        other.execute(text("set local deadlock_timeout = '60s'"))
        other.execute(text("select pg_advisory_xact_lock(hashtext('regulars.freshness'))"))
        thread = Thread(target=loading)
        thread.start()
        until_somebody_waits(here.engine)
        other.execute(text("select pg_advisory_xact_lock(hashtext('regulars.gold'))"))
    thread.join()
    assert ["deadlock detected" in str(error) for error in failed] == [True]
    assert query(here.engine, ATTEMPTS) == [(0, None)]
    assert here.ends_as_if_nothing_had_been()


@pytest.mark.parametrize("number", [2, 3])
def test_several_workers_at_once(here: Shop, number: int) -> None:
    with ExitStack() as stack:
        workers = [stack.enter_context(here.worker()) for _ in range(number)]
        for worker in workers:
            assert any("polls every" in line for line in worker.stderr)  # from here on it takes signals
        assert until(here.all_is_loaded)
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        assert [wait_for_exit(worker) for worker in workers] == [0] * number
    assert here.ends_as_if_nothing_had_been()


def test_a_leader_suspended_beyond_its_lease_commits_nothing(here: Shop) -> None:
    change(here.engine, *SLOWLY)
    with here.worker() as stopped:
        until_it_copies(here)
        stopped.send_signal(signal.SIGSTOP)
        first = epoch(here)
        with here.worker() as other:
            assert until(lambda: epoch(here) > first)
            assert until(here.all_is_loaded)
            stopped.send_signal(signal.SIGCONT)
            for worker in (stopped, other):
                worker.send_signal(signal.SIGTERM)
            assert [wait_for_exit(worker) for worker in (stopped, other)] == [0, 0]
    crashed = query(here.engine, "select count(*) from pipeline.job_run where state = 'crashed'")
    assert crashed == [(1,)]
    assert here.ends_as_if_nothing_had_been()


def test_a_clock_that_jumps(here: Shop) -> None:
    for days in (-400, 400, -1):
        load(replace(here.context, clock=lambda days=days: NOW + timedelta(days=days)))  # type: ignore[misc]
    assert here.ends_as_if_nothing_had_been()


def test_cron_over_midnight_utc() -> None:
    before, after = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC)
    assert cron(Cron("0 0 * * *"), before).due(None, after) == [datetime(2026, 3, 1, tzinfo=UTC)]
