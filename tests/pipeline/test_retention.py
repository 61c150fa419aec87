"""Retention: what is old goes, silver and gold stay, and nothing is loaded twice or lost for it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.access.audit_log import Entry, write
from app.jobs.context import Context
from app.jobs.runs import Run, running
from app.pipeline.retention import delete_expired, has_retention
from tests.conftest import NOW
from tests.loading import BAD, FROM_SCRATCH, change, everything, gold, load, query, sale

Put = Callable[..., Path]
ROWS = """select (select count(*) from bronze.retail_transactions), (select count(*) from silver.quarantine),
    (select count(*) from silver.retail_transactions)"""


def later(context: Context, days: int, **kept: int) -> Context:
    """So many days later, with settings that keep things for so long."""
    at = NOW + timedelta(days=days)
    return replace(context, settings=context.settings.model_copy(update=kept), clock=lambda: at)


def retained(context: Context, days: int, **kept: int) -> dict[str, int]:
    return delete_expired(later(context, days, **kept), Run(uuid4(), "retain"))


def loaded(context: Context, put: Put) -> None:
    put(sale(), sale("536366"), BAD)
    load(context)


def test_nothing_goes_unless_it_is_set(context: Context, put: Put) -> None:
    loaded(context, put)
    assert retained(context, 9999) == {"bronze": 0, "quarantine": 0, "runs": 0, "audit": 0, "erased_ids": 0}


def test_retention_is_scheduled_without_any_setting(context: Context) -> None:
    assert has_retention(context.settings)


def test_old_bronze_goes_and_the_rest_stays(context: Context, put: Put) -> None:
    loaded(context, put)
    assert retained(context, 31, bronze_retention_days=30)["bronze"] == 3
    assert query(context.engine, ROWS) == [(0, 1, 2)]


def test_old_quarantined_rows_go_and_the_rest_stays(context: Context, put: Put) -> None:
    loaded(context, put)
    assert retained(context, 31, quarantine_retention_days=30)["quarantine"] == 1
    assert query(context.engine, ROWS) == [(3, 0, 2)]


@pytest.mark.parametrize("name", ["bronze_retention_days", "quarantine_retention_days"])
def test_what_is_younger_stays(context: Context, put: Put, name: str) -> None:
    loaded(context, put)
    retained(context, 29, **{name: 30})
    assert query(context.engine, ROWS) == [(3, 1, 2)]


def test_gold_stays(context: Context, put: Put) -> None:
    loaded(context, put)
    retained(context, 31, bronze_retention_days=30, quarantine_retention_days=30)
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH) != []


def test_nothing_is_loaded_again(context: Context, put: Put) -> None:
    loaded(context, put)
    retained(context, 31, bronze_retention_days=30)
    before = everything(context.engine)
    assert (load(context).files, everything(context.engine)) == (0, before)


def test_a_version_that_comes_back_is_received_again(context: Context, put: Put) -> None:
    loaded(context, put)
    before = query(context.engine, "select line_no, invoice_no from silver.retail_transactions order by line_no")
    put(sale("700000"))
    load(context)
    retained(context, 31, bronze_retention_days=30)
    loaded(context, put)
    after = query(context.engine, "select line_no, invoice_no from silver.retail_transactions order by line_no")
    assert after == before


def test_old_runs_go_with_their_steps_but_the_newest_of_each_job(context: Context) -> None:
    for _ in range(3):
        with running(context.engine, "ingest") as run:
            run.step("done")
    change(context.engine, "update pipeline.job_run set finished_at = '2026-01-01'")
    assert retained(context, 31, runs_retention_days=30)["runs"] == 2
    assert query(context.engine, "select run_id from pipeline.run_step") == [(run.run_id,)]


def test_runs_that_have_not_ended_stay(context: Context) -> None:
    with running(context.engine, "ingest"), running(context.engine, "retrain"):
        assert retained(context, 9999, runs_retention_days=1)["runs"] == 0


def test_old_entries_of_the_audit_log_go(context: Context) -> None:
    ages = [timedelta(days=days) for days in (0, 20, 40)]
    entries = [Entry(context.clock() - age, "id", "open", "POST", "/v1/runs", {}, 202, None) for age in ages]
    write(context.engine, entries)
    assert retained(context, 0, audit_retention_days=30)["audit"] == 1
