"""The worker: what makes it work, what it survives."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, insert, make_url

from app import worker as module
from app.jobs import lease
from app.jobs.context import Context
from app.jobs.job_queue import API, CLOCK, enqueue
from app.jobs.runs import running
from app.jobs.schedule import every, tick
from app.jobs.tables import job_run
from tests.loading import change, load, query, sale, states, until
from tests.working import RUNS, ask, quick, wait_for, wait_for_runs, working

__all__ = ["quick"]

Put = Callable[..., Path]
ASKED = "select job, state from pipeline.job_run where trigger = 'api' order by started_at"
OTHERS = "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}' and pid <> pg_backend_pid()"


# --- what makes it work


def test_it_looks_at_the_source_when_it_starts_and_trains_on_the_first_sales(context: Context, put: Put) -> None:
    put(sale())
    with working(context):
        wait_for_runs(context, ("ingest", "clock", "succeeded"), ("retrain", "first sales", "succeeded"))
    assert query(context.engine, "select count(*) from segments.customer_segment") == [(1,)]


def test_it_writes_the_exports_that_were_asked_for(context: Context, put: Put, tmp_path: Path) -> None:
    put(sale())
    with working(context, export_target=str(tmp_path / "exports")):
        wait_for_runs(context, ("ingest", "clock", "succeeded"), ("retrain", "first sales", "succeeded"))
        run_id = enqueue(
            context.engine, "export", API, datetime.now(UTC), parameters={"format": "csv", "scheme": "rules"}
        )
        assert run_id is not None
        wait_for(context, run_id)
    [written] = (tmp_path / "exports").rglob("*.csv")
    assert [line.partition(",")[0] for line in written.read_text().splitlines()] == ["customer_id", "17850"]


def test_it_does_not_train_before_there_are_customers(context: Context) -> None:
    with working(context):
        wait_for(context, ask(context))
    assert query(context.engine, "select distinct job from pipeline.job_run") == [("ingest",)]


def test_it_does_not_train_again_on_later_sales(context: Context, put: Put) -> None:
    put(sale())
    with working(context):
        wait_for_runs(context, ("ingest", "clock", "succeeded"), ("retrain", "first sales", "succeeded"))
        put(sale(customer="A"), day="2026-02-02")
        wait_for(context, ask(context))
    assert query(context.engine, "select count(*) from segments.model") == [(1,)]
    assert query(context.engine, "select count(*) from segments.customer_segment") == [(2,)]


def test_it_looks_at_the_source_again_and_again(context: Context) -> None:
    with working(context, poll_seconds=1):
        assert until(lambda: query(context.engine, RUNS)[:2] == [("ingest", "clock", "succeeded")] * 2)


def test_it_trains_when_the_cron_says(context: Context, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slot that was missed while no worker ran, made up for by the one that starts."""
    put(sale())
    load(context)
    yesterday = {"run_id": uuid4(), "job": "retrain", "trigger": CLOCK, "state": "failed"}
    with context.engine.begin() as connection:
        connection.execute(insert(job_run).values(**yesterday, scheduled_for=datetime.now(UTC) - timedelta(hours=30)))
    with working(context):
        assert until(lambda: ("retrain", "clock", "succeeded") in query(context.engine, RUNS))


def test_a_request_wakes_it(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LISTEN_SECONDS", 300.0)
    with working(context) as worker:
        wait_for_runs(context, ("ingest", "clock", "succeeded"))
        run_id = ask(context)
        wait_for(context, run_id)
        worker.stop()
        ask(context)
    asked, began = "scheduled_for", "started_at"
    waited = query(context.engine, f"select {began} - {asked} from pipeline.job_run where run_id = :id", id=run_id)  # noqa: S608
    assert waited[0][0].total_seconds() < 1


def test_requests_are_done_one_after_the_other(context: Context) -> None:
    asked = [ask(context), ask(context), ask(context)]
    with working(context):
        wait_for(context, asked[-1])
    done = query(context.engine, "select run_id from pipeline.job_run where trigger = 'api' order by finished_at")
    assert [run_id for (run_id,) in done] == asked


def test_two_workers_do_a_request_once(context: Context, put: Put) -> None:
    put(sale())
    with working(context), working(context):
        for _ in range(5):
            wait_for(context, ask(context))
    assert query(context.engine, "select state, count(*) from pipeline.job_run where trigger = 'api' group by 1") == [
        ("succeeded", 5)
    ]


def test_a_start_is_a_reason_to_look(context: Context) -> None:
    tick(context.engine, "ingest", every(300))
    change(context.engine, "update pipeline.job_run set state = 'succeeded'")
    with working(context):
        assert until(lambda: ("ingest", "start", "succeeded") in query(context.engine, RUNS))


# --- what it survives


def test_a_run_that_fails_is_recorded_and_the_next_is_done(context: Context, folder: Path) -> None:
    folder.rmdir()
    with working(context):
        wait_for_runs(context, ("ingest", "clock", "failed"))
        folder.mkdir()
        wait_for(context, ask(context))
    ((error,),) = query(context.engine, "select error from pipeline.job_run where state = 'failed'")
    assert error == f"folder {folder} does not exist; check --source"


def test_a_run_that_fails_as_nobody_foresaw_ends_no_worker(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    change(context.engine, "alter table segments.model add constraint never check (false)")
    with working(context):
        wait_for(context, ask(context, "retrain"), "failed")
        wait_for(context, ask(context))
    assert query(context.engine, ASKED) == [("retrain", "failed"), ("ingest", "succeeded")]


def test_a_training_without_customers_fails_and_says_why(context: Context) -> None:
    with working(context):
        run_id = ask(context, "retrain")
        wait_for(context, run_id, "failed")
    ((error,),) = query(context.engine, "select error from pipeline.job_run where job = 'retrain'")
    assert "load sales first" in error


def test_it_goes_on_when_its_connections_were_cut(context: Context) -> None:
    name = make_url(str(context.engine.url)).database
    with working(context):
        wait_for_runs(context, ("ingest", "clock", "succeeded"))
        change(context.engine, OTHERS.format(name))
        wait_for(context, ask(context))
    assert query(context.engine, ASKED) == [("ingest", "succeeded")]


def test_it_waits_for_a_database_that_is_away(
    context: Context, postgres: str, caplog: pytest.LogCaptureFixture
) -> None:
    name, server = context.engine.url.database, create_engine(make_url(postgres))
    with working(context):
        wait_for_runs(context, ("ingest", "clock", "succeeded"))
        away(server, name, "false")
        assert until(lambda: "trying again" in caplog.text)
        away(server, name, "true")
        wait_for(context, ask(context))
    assert query(context.engine, ASKED) == [("ingest", "succeeded")]
    server.dispose()


def away(server: Engine, name: str | None, may_connect: str) -> None:
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f'alter database "{name}" allow_connections {may_connect}')
        if may_connect == "false":
            connection.exec_driver_sql(OTHERS.format(name))


def test_it_does_what_a_dead_one_left_undone(context: Context, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put(sale())
    monkeypatch.setattr(lease, "RENEW_SECONDS", 600.0)
    with running(context.engine, "ingest", "clock"):
        change(context.engine, "update pipeline.lease set expires_at = now()")
        with working(context):
            until(lambda: states(context.engine) == ["loaded"])
    assert query(context.engine, RUNS)[0] == ("ingest", "clock", "crashed")


def test_it_replays_what_it_is_told_to_with_its_own_settings(context: Context, put: Put) -> None:
    put(sale(), sale("536366", day="1/2/2026"))
    load(context)
    enqueue(context.engine, "replay", API, datetime.now(UTC), parameters={"expectation": "valid_invoice_date"})
    with working(context, date_format="%d/%m/%Y"):
        assert until(lambda: query(context.engine, "select status from silver.quarantine") == [("replayed",)])
        assert until(lambda: ("replay", "api", "succeeded") in query(context.engine, RUNS))


def test_it_deletes_what_was_kept_long_enough(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    with working(context, bronze_retention_days=30):
        assert until(lambda: query(context.engine, "select count(*) from bronze.retail_transactions") == [(0,)])
