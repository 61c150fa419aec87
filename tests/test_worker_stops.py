"""The worker: one of two leads; how it stops."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.jobs.context import Context
from app.pipeline.ingest import IngestPolicy
from tests.conftest import SMALL_SHOPS
from tests.loading import FROM_SCRATCH, change, gold, query, sale, states, until
from tests.working import NOTIFIED, QUICK, RUNS, request_run, wait_for, wait_for_runs, working

Put = Callable[..., Path]
LISTENING = "select from pg_stat_activity where datname = current_database() and query = 'listen regulars_runs'"


# --- how one leads


def leader(context: Context) -> str | None:
    found = query(context.engine, "select holder from pipeline.lease where name = 'leader'")
    return str(found[0][0]) if found and found[0][0] else None


def test_one_of_two_workers_leads(context: Context) -> None:
    with working(context), working(context):
        wait_for(context, request_run(context))
        ((epoch,),) = query(context.engine, "select epoch from pipeline.lease where name = 'leader'")
    assert epoch == 1


def test_when_the_leader_stops_the_other_leads_at_once(context: Context) -> None:
    with working(context, NOTIFIED) as first:
        until(lambda: leader(context) is not None)
        with working(context, NOTIFIED) as second:
            until(lambda: len(query(context.engine, LISTENING)) == 2)
            first.stop()
            wait_for(context, request_run(context))
            assert until(lambda: not first.leader.is_leading and second.leader.is_leading)


# --- how it stops


def test_an_idle_worker_stops_at_once(context: Context) -> None:
    with working(context, NOTIFIED) as worker:
        wait_for_runs(context, ("ingest", "clock", "succeeded"))
        begun = time.monotonic()
        worker.stop()
        until(lambda: not worker.leader.is_leading)
    assert time.monotonic() - begun < 5


def test_a_stop_interrupts_a_backlog_between_two_batches(context: Context, put: Put) -> None:
    for number in range(30):
        put(sale(f"{500000 + number}"), name=f"{number:02}.csv")
    change(
        context.engine,
        "create function f() returns trigger language plpgsql as $$ begin perform pg_sleep(0.1); return new; end $$",
        "create trigger t before insert on bronze.sales_row for each row execute function f()",
    )
    with working(context, replace(QUICK, ingest=IngestPolicy(files_per_batch=1))):
        until(lambda: "loaded" in states(context.engine))
    assert "discovered" in states(context.engine)
    assert [state for _, _, state in query(context.engine, RUNS)] == ["cancelled"]


@contextmanager
def process(context: Context, database_url: str) -> Iterator["subprocess.Popen[str]"]:
    """`regulars worker` in a process of its own."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")},
        "REGULARS_DATABASE_URL": database_url,
        "REGULARS_SOURCE": context.settings.source or "",
        "REGULARS_AS_OF": "2026-03-01",
        "REGULARS_SETTLE_SECONDS": "0",
        **SMALL_SHOPS,
    }
    command = [sys.executable, "-m", "app.cli", "worker"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_ends_cleanly_on_a_signal(context: Context, put: Put, database_url: str, number: int) -> None:
    put(sale())
    with process(context, database_url) as worker:
        wait_for_runs(context, ("ingest", "clock", "succeeded"), ("retrain", "first_sales", "succeeded"))
        worker.send_signal(number)
        assert worker.wait(20) == 0
        assert worker.stderr is not None
        assert "worker stopped" in worker.stderr.read()


def test_after_a_kill_the_next_process_finishes_the_backlog(context: Context, put: Put, database_url: str) -> None:
    for number in range(100):
        put(*(sale(f"{500000 + number}", f"{row}") for row in range(200)), name=f"{number:02}.csv")
    with process(context, database_url) as worker:
        until(lambda: "loaded" in states(context.engine))
        worker.kill()
    with process(context, database_url):
        until(lambda: states(context.engine) == ["loaded"] * 100)
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)
