"""The worker: schedule, requests, jobs, and the faults that it survives."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, insert, make_url

from app.jobs.context import Context
from app.jobs.job_queue import TRIGGER_CLOCK
from app.jobs.lease import LeaseTimings
from app.jobs.runs import running
from app.jobs.schedule import every, tick
from app.jobs.tables import JobName, job_run
from app.pipeline.ingest import IngestPolicy
from app.worker import make_jobs
from tests.contracts import with_dates
from tests.loading import change, load, query, sale, states, until
from tests.working import NOTIFIED, RUNS, request_run, wait_for, wait_for_runs, working

Put = Callable[..., Path]
REQUESTED = "select job, state from pipeline.job_run where trigger = 'api' order by started_at"
OTHERS = "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}' and pid <> pg_backend_pid()"


# --- schedule and requests


def test_it_polls_the_source_at_its_start_and_trains_on_the_first_sales(context: Context, put: Put) -> None:
    put(sale())
    with working(context):
        wait_for_runs(context, ("ingest", "clock", "succeeded"), ("retrain", "first_sales", "succeeded"))
    assert query(context.engine, "select count(*) from segments.customer_segment") == [(1,)]


def test_it_writes_requested_exports(context: Context, put: Put, tmp_path: Path) -> None:
    put(sale())
    with working(context, export_target=str(tmp_path / "exports")):
        wait_for_runs(context, ("ingest", "clock", "succeeded"), ("retrain", "first_sales", "succeeded"))
        wait_for(context, request_run(context, "export", format="csv", scheme="rules"))
    [written] = (tmp_path / "exports").rglob("*.csv")
    assert [line.partition(",")[0] for line in written.read_text().splitlines()] == ["customer_id", "17850"]


def test_it_does_not_train_before_there_are_customers(context: Context) -> None:
    with working(context):
        wait_for(context, request_run(context))
    assert query(context.engine, "select from pipeline.job_run where job = 'retrain'") == []


def test_it_does_not_train_again_on_later_sales(context: Context, put: Put) -> None:
    put(sale())
    with working(context):
        wait_for_runs(context, ("ingest", "clock", "succeeded"), ("retrain", "first_sales", "succeeded"))
        put(sale(customer="A"), day="2026-02-02")
        wait_for(context, request_run(context))
    assert query(context.engine, "select count(*) from segments.model") == [(1,)]
    assert query(context.engine, "select count(*) from segments.customer_segment") == [(2,)]


def test_it_polls_the_source_repeatedly(context: Context) -> None:
    with working(context, poll_seconds=1):
        assert until(lambda: query(context.engine, RUNS)[:2] == [("ingest", "clock", "succeeded")] * 2)


def test_a_run_that_finds_nothing_is_not_logged(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    unfinished = "select from pipeline.job_run where state in ('queued', 'running')"
    with caplog.at_level("INFO"), working(context):
        wait_for(context, request_run(context))
        until(lambda: query(context.engine, unfinished) == [])
    assert [record.message for record in caplog.records if record.message.startswith("run ")] == []


def test_a_run_that_loads_files_is_logged(context: Context, put: Put, caplog: pytest.LogCaptureFixture) -> None:
    put(sale())
    with caplog.at_level("INFO"), working(context):
        wait_for(context, request_run(context))
    assert [record for record in caplog.records if "ingest succeeded" in record.message]


def test_it_trains_by_the_cron(context: Context, put: Put) -> None:
    """A slot that was missed while no worker ran is recorded by the next worker."""
    put(sale())
    load(context)
    yesterday = {"run_id": uuid4(), "job": "retrain", "trigger": TRIGGER_CLOCK, "state": "failed"}
    with context.engine.begin() as connection:
        connection.execute(insert(job_run).values(**yesterday, scheduled_for=datetime.now(UTC) - timedelta(hours=30)))
    with working(context):
        assert until(lambda: ("retrain", "clock", "succeeded") in query(context.engine, RUNS))


def test_it_leaves_a_file_that_may_still_be_written_until_it_is_unchanged(context: Context, put: Put) -> None:
    path = put(sale())
    with working(context, settle_seconds=3_600):
        wait_for(context, request_run(context))
        assert states(context.engine) == []
        os.utime(path, (0, 0))
        wait_for(context, request_run(context))
        assert states(context.engine) == ["loaded"]


def test_a_request_wakes_it(context: Context) -> None:
    with working(context, NOTIFIED):
        wait_for_runs(context, ("ingest", "clock", "succeeded"))
        run_id = request_run(context)
        wait_for(context, run_id)
    waited = query(
        context.engine, "select started_at - scheduled_for from pipeline.job_run where run_id = :id", id=run_id
    )
    assert waited[0][0].total_seconds() < 5


def test_requests_are_done_one_after_the_other(context: Context) -> None:
    requested = [request_run(context, "replay", all=True), request_run(context, "discard_quarantine", all=True)]
    with working(context):
        wait_for(context, requested[-1])
    done = query(context.engine, "select run_id from pipeline.job_run where trigger = 'api' order by finished_at")
    assert [run_id for (run_id,) in done] == requested


def test_many_equal_requests_are_one_run_and_an_ingest_goes_first(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    assert len({request_run(context, "retrain") for _ in range(50)}) == 1
    with working(context):
        assert until(lambda: ("retrain", "api", "succeeded") in query(context.engine, RUNS))
    assert query(context.engine, RUNS) == [("ingest", "clock", "succeeded"), ("retrain", "api", "succeeded")]


def test_two_workers_do_a_request_once(context: Context, put: Put) -> None:
    put(sale())
    with working(context), working(context):
        for _ in range(5):
            wait_for(context, request_run(context))
    assert query(context.engine, "select state, count(*) from pipeline.job_run where trigger = 'api' group by 1") == [
        ("succeeded", 5)
    ]


def test_every_job_is_declared_once() -> None:
    assert sorted(job.name for job in make_jobs(IngestPolicy())) == sorted(get_args(JobName))


def test_a_slot_of_a_wrong_clock_is_reported_once_and_ignored(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    ahead = {"run_id": uuid4(), "job": "ingest", "trigger": TRIGGER_CLOCK, "state": "succeeded"}
    with context.engine.begin() as connection:
        connection.execute(insert(job_run).values(**ahead, scheduled_for=datetime.now(UTC) + timedelta(days=900)))
    with working(context, poll_seconds=1):
        assert until(lambda: query(context.engine, RUNS).count(("ingest", "clock", "succeeded")) >= 4)
    assert caplog.text.count("by a wrong clock; they are ignored") == 1


def test_a_start_polls_the_source(context: Context) -> None:
    tick(context.engine, "ingest", every(300))
    change(context.engine, "update pipeline.job_run set state = 'succeeded'")
    with working(context):
        assert until(lambda: ("ingest", "start", "succeeded") in query(context.engine, RUNS))


# --- faults


def test_a_run_that_fails_is_recorded_and_the_next_is_done(context: Context, folder: Path) -> None:
    folder.rmdir()
    with working(context):
        wait_for_runs(context, ("ingest", "clock", "failed"))
        folder.mkdir()
        wait_for(context, request_run(context))
    ((error,),) = query(context.engine, "select error from pipeline.job_run where state = 'failed'")
    assert error == f"folder {folder} does not exist; check --source or REGULARS_SOURCE"


def test_an_unforeseen_error_of_a_run_does_not_end_the_worker(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    change(context.engine, "alter table segments.model add constraint never check (false)")
    with working(context):
        wait_for(context, request_run(context, "retrain"), "failed")
        wait_for(context, request_run(context))
    assert query(context.engine, REQUESTED) == [("retrain", "failed"), ("ingest", "succeeded")]


def test_a_retrain_without_customers_fails_with_the_reason(context: Context) -> None:
    with working(context):
        run_id = request_run(context, "retrain")
        wait_for(context, run_id, "failed")
    ((error,),) = query(context.engine, "select error from pipeline.job_run where job = 'retrain'")
    assert "load sales first" in error


def test_it_continues_after_its_connections_were_cut(context: Context) -> None:
    name = make_url(str(context.engine.url)).database
    with working(context):
        wait_for_runs(context, ("ingest", "clock", "succeeded"))
        change(context.engine, OTHERS.format(name))
        wait_for(context, request_run(context))
    assert query(context.engine, REQUESTED) == [("ingest", "succeeded")]


def test_it_waits_for_a_database_that_is_away(
    context: Context, postgres: str, caplog: pytest.LogCaptureFixture
) -> None:
    name, server = context.engine.url.database, create_engine(make_url(postgres))
    with working(context):
        wait_for_runs(context, ("ingest", "clock", "succeeded"))
        away(server, name, "false")
        assert until(lambda: "next attempt in 0.1 s" in caplog.text)
        away(server, name, "true")
        wait_for(context, request_run(context))
    assert query(context.engine, REQUESTED) == [("ingest", "succeeded")]
    server.dispose()


def away(server: Engine, name: str | None, may_connect: str) -> None:
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f'alter database "{name}" allow_connections {may_connect}')
        if may_connect == "false":
            connection.exec_driver_sql(OTHERS.format(name))


def test_it_continues_the_work_of_a_dead_worker(context: Context, put: Put) -> None:
    put(sale())
    with running(context.engine, "ingest", "clock", timings=LeaseTimings(renew_seconds=600.0)):
        change(context.engine, "update pipeline.lease set expires_at = now()")
        with working(context):
            until(lambda: states(context.engine) == ["loaded"])
    assert query(context.engine, RUNS)[0] == ("ingest", "clock", "crashed")


def test_it_replays_the_selected_rows_with_its_own_settings(context: Context, put: Put) -> None:
    put(sale(), sale("536366", day="1/2/2026"))
    load(context)
    request_run(context, "replay", expectation="valid_invoice_date")
    with working(context, contract=with_dates("%d/%m/%Y")):
        assert until(lambda: query(context.engine, "select status from silver.quarantine") == [("replayed",)])
        assert until(lambda: ("replay", "api", "succeeded") in query(context.engine, RUNS))


def test_it_deletes_data_past_the_retention_period(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    with working(context, bronze_retention_days=30):
        assert until(lambda: query(context.engine, "select count(*) from bronze.retail_transactions") == [(0,)])
