"""Retention: rows past their retention period are deleted, silver and gold stay, no file is loaded twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.access.audit_log import AuditRecord, write
from app.errors import Stopped
from app.jobs.context import Context
from app.jobs.runs import Run, running
from app.pipeline.retention import RetentionSizes, delete_expired
from tests.conftest import NOW
from tests.loading import BAD, FROM_SCRATCH, change, everything, gold, load, query, sale
from tests.segments.shop import AS_OF, SHOP, copy_run, customer, segments, states_on, stock, train

Put = Callable[..., Path]
READABLE = """
    select * from segments.revision as r
    where exists (
        select from segments.customer_segment as s where s.revision <= r.revision
        union all
        select from segments.customer_segment_history as s
        where s.revision <= r.revision and s.until_revision > r.revision
    )
"""
UNREAD = """
    select from segments.customer_segment_history as s
    where not exists (
        select from segments.revision as r where r.revision >= s.revision and r.revision < s.until_revision
    )
"""
ROWS = """select (select count(*) from bronze.retail_transactions), (select count(*) from silver.quarantine),
    (select count(*) from silver.retail_transactions)"""
SHORT = {"training_retention_days": 7, "training_retention_weeks": 4, "training_retention_months": 3}


def later(context: Context, days: int, **settings: int) -> Context:
    """Return the context that many days later, with other settings."""
    at = NOW + timedelta(days=days)
    changed = {"as_of": AS_OF + timedelta(days=days), **settings}
    return replace(context, settings=context.settings.model_copy(update=changed), clock=lambda: at)


def retained(context: Context, days: int, **settings: int) -> dict[str, int]:
    return delete_expired(later(context, days, **settings), Run(uuid4(), "retain"))


def loaded(context: Context, put: Put) -> None:
    put(sale(), sale("536366"), BAD)
    load(context)


def test_by_default_bronze_quarantine_and_audit_log_stay(context: Context, put: Put) -> None:
    loaded(context, put)
    deleted = retained(context, 9999)
    assert {name for name, rows in deleted.items() if rows} <= {"runs", "checks"}


def test_old_bronze_is_deleted(context: Context, put: Put) -> None:
    loaded(context, put)
    assert retained(context, 31, bronze_retention_days=30)["bronze"] == 3
    assert query(context.engine, ROWS) == [(0, 1, 2)]


def test_old_quarantined_rows_are_deleted(context: Context, put: Put) -> None:
    loaded(context, put)
    assert retained(context, 31, quarantine_retention_days=30)["quarantine"] == 1
    assert query(context.engine, ROWS) == [(3, 0, 2)]


@pytest.mark.parametrize("name", ["bronze_retention_days", "quarantine_retention_days"])
def test_younger_rows_stay(context: Context, put: Put, name: str) -> None:
    loaded(context, put)
    retained(context, 29, **{name: 30})
    assert query(context.engine, ROWS) == [(3, 1, 2)]


def test_gold_stays(context: Context, put: Put) -> None:
    loaded(context, put)
    retained(context, 31, bronze_retention_days=30, quarantine_retention_days=30)
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH) != []


def test_no_file_is_loaded_again(context: Context, put: Put) -> None:
    loaded(context, put)
    retained(context, 31, bronze_retention_days=30)
    before = everything(context.engine)
    assert (load(context).files, everything(context.engine)) == (0, before)


def test_a_version_without_bronze_can_be_sent_again(context: Context, put: Put) -> None:
    loaded(context, put)
    before = query(context.engine, "select line_no, invoice_no from silver.retail_transactions order by line_no")
    put(sale("700000"))
    load(context)
    retained(context, 31, bronze_retention_days=30)
    loaded(context, put)
    after = query(context.engine, "select line_no, invoice_no from silver.retail_transactions order by line_no")
    assert after == before


def test_old_runs_are_deleted_except_the_newest_of_each_job(context: Context) -> None:
    for _ in range(3):
        with running(context.engine, "ingest") as run:
            run.step("done")
    change(context.engine, "update pipeline.job_run set finished_at = '2026-01-01'")
    assert retained(context, 31, runs_retention_days=30)["runs"] == 2
    assert query(context.engine, "select run_id from pipeline.run_step") == [(run.run_id,)]


def test_the_newest_success_of_a_job_stays(context: Context) -> None:
    for state in ("succeeded", "succeeded", "failed", "failed"):
        with running(context.engine, "ingest") as run:
            pass
        change(context.engine, f"update pipeline.job_run set state = '{state}' where run_id = '{run.run_id}'")  # noqa: S608
    change(context.engine, "update pipeline.job_run set finished_at = '2026-01-01'")
    retained(context, 31, runs_retention_days=30)
    rows = query(context.engine, "select state from pipeline.job_run order by scheduled_for")
    assert rows == [("succeeded",), ("failed",)]


@pytest.mark.parametrize(("days", "deleted"), [(90, 1), (0, 0)])
def test_runs_are_deleted_unless_the_period_is_0(context: Context, days: int, deleted: int) -> None:
    for _ in range(2):
        with running(context.engine, "ingest"):
            pass
    change(context.engine, "update pipeline.job_run set finished_at = '2025-01-01'")
    assert retained(context, 31, runs_retention_days=days)["runs"] == deleted


def test_unfinished_runs_stay(context: Context) -> None:
    with running(context.engine, "ingest"), running(context.engine, "retrain"):
        assert retained(context, 9999, runs_retention_days=1)["runs"] == 0


def test_old_audit_log_entries_are_deleted(context: Context) -> None:
    ages = [timedelta(days=days) for days in (0, 20, 40)]
    entries = [AuditRecord(context.clock() - age, "id", "open", "POST", "/v1/runs", {}, 202, None) for age in ages]
    write(context.engine, entries)
    assert retained(context, 0, audit_retention_days=30)["audit"] == 1


# --- training runs


@pytest.fixture
def trained(context: Context) -> Context:
    """Return a shop with a training on each of 131 days."""
    stock(context.engine, *SHOP)
    train(context, AS_OF)
    copy_run(context.engine, 130)
    return context


@pytest.fixture
def long_lived(trained: Context) -> Context:
    """Return the shop with customers whose state changed on every fifth day only."""
    change(
        trained.engine,
        """delete from segments.customer_segment_history
        where starts_with(customer_id, 'often') and mod(revision, 5) > 0""",
        """update segments.customer_segment_history
        set until_revision = least(revision + 5, (select max(revision) from segments.revision))
        where starts_with(customer_id, 'often')""",
    )
    return trained


def days_with_customers(context: Context) -> list[date]:
    return [as_of for (as_of,) in query(context.engine, f"select as_of from ({READABLE}) as r order by revision")]  # noqa: S608


def test_training_runs_are_kept_daily_then_weekly_then_monthly(trained: Context) -> None:
    retained(trained, 0, **SHORT)
    daily = [AS_OF - timedelta(days=age) for age in range(7, -1, -1)]  # 1 March 2026 is a Sunday
    weekly = [date(2026, 2, 1), date(2026, 2, 8), date(2026, 2, 15)]
    monthly = [date(2025, 12, 31), date(2026, 1, 31)]
    assert days_with_customers(trained) == [*monthly, *weekly, *daily]


def test_by_default_a_year_of_nightly_training_runs_is_less_than_twice_a_month_of_them(context: Context) -> None:
    stock(context.engine, *SHOP[::10])
    train(context, AS_OF)
    copy_run(context.engine, 364)
    retained(context, 0)
    runs = days_with_customers(context)
    month = [day for day in runs if day > AS_OF - timedelta(days=31)]
    assert (len(month), len(runs)) == (31, 50)


def test_revisions_are_those_of_the_training_runs_that_are_not_removed(trained: Context) -> None:
    retained(trained, 0, **SHORT)
    stored = "select run_id from segments.model where removed_at is null order by as_of"
    listed = query(trained.engine, "select run_id from segments.revision order by revision")
    assert query(trained.engine, stored) == listed != []


def test_states_that_a_stored_revision_has_are_kept(long_lived: Context) -> None:
    engine = long_lived.engine
    before = {day: states_on(engine, day) for day in days_with_customers(long_lived)}
    retained(long_lived, 0, **SHORT)
    assert [day for day in days_with_customers(long_lived) if states_on(engine, day) != before[day]] == []


def test_states_that_no_stored_revision_has_are_deleted(long_lived: Context) -> None:
    retained(long_lived, 0, **SHORT)
    assert query(long_lived.engine, UNREAD) == []


def test_removed_training_runs_stay_in_the_registry(trained: Context) -> None:
    retained(trained, 0, **SHORT)
    counts = "select count(*), count(removed_at), (select count(*) from segments.artifact) from segments.model"
    assert query(trained.engine, counts) == [(131, 118, 13)]


def test_names_of_segments_of_removed_training_runs_stay(trained: Context) -> None:
    before = query(
        trained.engine, "select run_id, scheme, slug, segment from segments.segment_summary order by 1, 2, 3"
    )
    retained(trained, 0, **SHORT)
    after = query(trained.engine, "select run_id, scheme, slug, segment from segments.segment_summary order by 1, 2, 3")
    assert after == before


def test_the_current_run_is_kept_whatever_its_age(trained: Context) -> None:
    before = segments(trained.engine)
    assert retained(trained, 9999, **SHORT)["training_runs"] == 130
    assert segments(trained.engine) == before != {}


def test_training_runs_published_within_two_days_are_kept(trained: Context) -> None:
    change(trained.engine, f"update segments.revision set created_at = '{NOW}'")  # noqa: S608
    assert retained(trained, 2, **SHORT)["training_runs"] == 0


def test_the_newest_training_of_a_day_is_kept(context: Context) -> None:
    stock(context.engine, *SHOP)
    runs = [train(context) for _ in range(3)]
    retained(context, 3, **SHORT)
    kept = query(context.engine, "select run_id from segments.revision")
    assert kept == [(runs[-1],)]


def test_states_replaced_between_training_runs_are_removed_too(context: Context) -> None:
    stock(context.engine, *SHOP)
    train(context)
    stock(context.engine, customer("whale", 1, 9, 99_001))
    train(context)
    replaced = "select customer_id from segments.customer_segment_history"
    before = query(context.engine, replaced)
    retained(context, 3, **SHORT)
    assert (before, query(context.engine, replaced)) == ([("whale",)], [])


def test_zero_days_keep_every_training(trained: Context) -> None:
    assert retained(trained, 9999, training_retention_days=0)["training_runs"] == 0


def test_an_interrupted_removal_is_completed(trained: Context) -> None:
    context, sizes = later(trained, 0, **SHORT), RetentionSizes(batch_rows=200)
    answers = iter([False] * 20)
    with pytest.raises(Stopped):
        delete_expired(context, Run(uuid4(), "retain", is_stopping=lambda: next(answers, True)), sizes)
    left = len(query(trained.engine, UNREAD))
    delete_expired(context, Run(uuid4(), "retain"), sizes)
    removed = "select run_id from segments.model where removed_at is not null"
    assert (left > 0, query(trained.engine, UNREAD), len(query(trained.engine, removed))) == (True, [], 118)


def test_customers_of_gold_are_not_touched(trained: Context) -> None:
    before = gold(trained.engine)
    retained(trained, 0, **SHORT)
    assert gold(trained.engine) == before
