"""Errors of quality checks, checks by several workers, and sources that are no longer read."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier
from uuid import uuid4

import pytest

from app.jobs.context import Context
from app.jobs.runs import Run, running
from app.pipeline.check_quality import check_loaded_data
from app.quality.checks.results import LOCK
from tests.loading import change, load, query, sale
from tests.pipeline.conftest import Put
from tests.pipeline.test_check_quality import alerts, check, outcomes, results, setting, watching


@pytest.fixture
def late(context: Context, put: Put) -> Context:
    """The context of a worker whose freshness check has failed."""
    put(sale(), day="2026-02-01")
    load(watching(context, 5))
    return watching(context, 5)


def test_an_error_of_the_checks_does_not_fail_the_ingest(context: Context, put: Put) -> None:
    put(sale())
    change(context.engine, "alter table quality.check_result rename to hidden")
    assert load(context).loaded == 1


def test_an_ingest_without_checks_says_so(context: Context) -> None:
    change(context.engine, "alter table quality.check_result rename to hidden")
    with running(context.engine, "ingest") as run:
        check_loaded_data(context, run, is_changed=True)
    steps = query(context.engine, "select message from pipeline.run_step")
    assert steps == [("the quality was not checked because of an error (ProgrammingError)",)]


def test_a_check_that_is_not_evaluated_has_no_data_and_stays_alerting(late: Context) -> None:
    change(late.engine, "alter table quality.file_dates rename to hidden")
    check(late)
    assert {*outcomes(late).values()} == {"no_data"}
    assert alerts(late) == [("freshness", "sales", "failed")]


def test_columns_of_a_check_that_is_not_evaluated_stay_alerting(late: Context) -> None:
    failing = """
        insert into quality.check_state
            (check_name, source, item, run_id, outcome, message, checked_at, since, is_alerting)
        values ('blank_share', 'sales', 'country', gen_random_uuid(), 'fail', '', now(), now(), true)
    """
    change(late.engine, failing, "alter table quality.file_dates rename to hidden")
    check(late)
    assert outcomes(late)["blank_sharecountry"] == "fail"


def test_checks_that_are_not_evaluated_are_counted(late: Context) -> None:
    change(late.engine, "alter table quality.file_dates rename to hidden")
    run = Run(uuid4(), "ingest")
    check_loaded_data(late, run, is_changed=True)
    assert run.counts["checks_not_evaluated"] == 8


def test_a_sale_at_the_end_of_the_calendar_is_checked(context: Context, put: Put) -> None:
    put(sale(day="2026-02-01"), sale("536366", day="9999-12-31"), name="sales.csv")
    load(watching(context, 3, hour=8))
    assert (outcomes(context)["freshness"], outcomes(context)["future_dates"]) == ("ok", "warn")


def test_measuring_and_recording_is_done_by_one_worker_at_a_time(context: Context) -> None:
    free: list[bool] = []

    def now() -> datetime:
        tried = str(LOCK).replace("pg_advisory_xact_lock", "pg_try_advisory_xact_lock")
        tried = tried.replace(":hashtext_1", "'regulars.check_quality'")
        free.extend(each for (each,) in query(context.engine, tried))
        return datetime(2026, 2, 3, tzinfo=UTC)

    check(replace(context, clock=now))
    assert {*free} == {False}


def test_two_workers_that_check_at_once_alert_once(context: Context, put: Put) -> None:
    put(sale(), day="2026-02-01")
    load(watching(context, 2))
    start = Barrier(2)

    def work(_: int) -> None:
        start.wait()
        check(watching(context, 5))

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(work, range(2)))
    assert alerts(context) == [("freshness", "sales", "failed")]
    assert results(context, "freshness") == ["ok", "fail"]


def test_a_source_that_is_no_longer_read_is_no_longer_checked(late: Context) -> None:
    check(setting(late, source=None))
    assert (outcomes(late), [kind for *_, kind in alerts(late)]) == ({}, ["failed", "recovered"])
