"""Replay of quarantined rows: loaded and failing rows, ledger, gold and measurements."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from app.errors import Stopped
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.replay import QuarantineFilter, replay
from app.quality.measure import measure
from app.source.open import read_source_contract
from tests.loading import FROM_SCRATCH, change, everything, gold, load, query, sale
from tests.pipeline.replaying import (
    ALL,
    DAY_1,
    DAY_2,
    IN,
    OUT,
    counted,
    rejecting_nothing,
    replayed,
    statuses,
    with_dates,
)

Put = Callable[..., Path]


# --- loaded rows


def test_rows_are_loaded_under_another_date_format(loaded: Context) -> None:
    replayed(with_dates(loaded))
    found = query(loaded.engine, "select invoice_date, customer_id from silver.retail_transactions where line_no = 4")
    assert found == [(date(2026, 2, 3), "B")] * 2


def test_loaded_rows_are_marked_replayed(loaded: Context) -> None:
    replayed(with_dates(loaded), QuarantineFilter(expectation="valid_invoice_date"))
    assert statuses(loaded) == ["open", "replayed"] * 2


def test_the_result_counts_loaded_and_failing_rows(loaded: Context) -> None:
    done = replayed(with_dates(loaded))
    assert (done.files, done.rows, done.rows_loaded, done.rows_quarantined) == (2, 4, 2, 2)
    assert done.reasons == {"valid_invoice_date": 2, "valid_quantity": 2}


def test_the_run_has_the_counts(loaded: Context) -> None:
    run = Run(uuid4(), "replay")
    replay(with_dates(loaded), run, ALL)
    assert (run.counts["rows_loaded"], run.counts["rows_quarantined"], run.counts["files_requeued"]) == (2, 2, 0)


def test_under_the_same_rules_all_rows_stay_quarantined(loaded: Context) -> None:
    before = everything(loaded.engine, "computed_at")
    assert replayed(loaded).rows_loaded == 0
    assert everything(loaded.engine, "computed_at") == before


def test_a_second_replay_changes_nothing(loaded: Context) -> None:
    replayed(with_dates(loaded))
    before = everything(loaded.engine, "computed_at")
    assert replayed(with_dates(loaded)).rows_loaded == 0
    assert everything(loaded.engine, "computed_at") == before


def test_a_row_that_fails_again_has_the_current_reasons(loaded: Context) -> None:
    replayed(with_dates(loaded))
    found = query(loaded.engine, "select reasons, invoice_date from silver.quarantine where line_no = 3")
    assert {reason["expectation"] for reason in found[0][0]} == {"valid_quantity", "valid_invoice_date"}
    assert found[0][1] is None


def test_gold_equals_a_recomputation(loaded: Context) -> None:
    replayed(with_dates(loaded))
    assert gold(loaded.engine) == query(loaded.engine, FROM_SCRATCH)


def test_an_invoice_replayed_line_by_line_counts_once(context: Context, put: Put) -> None:
    put(sale("536365", "A"), sale("536365", "A", day="3/2/2026"), sale("536365", "A", day="2026.02.04"))
    load(rejecting_nothing(context))
    for declared in ("%d/%m/%Y", "%Y.%m.%d"):
        replayed(with_dates(context, declared))
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)
    assert [row[3] for row in gold(context.engine)] == [1]


def test_customers_of_other_files_are_unchanged(loaded: Context, put: Put) -> None:
    put(sale(customer="C"), day="2026-02-03")
    load(loaded)
    change(loaded.engine, "update gold.customer_rfm set updated_at = '2020-01-01'")
    replayed(with_dates(loaded))
    touched = query(
        loaded.engine, "select customer_id from gold.customer_rfm where updated_at > '2020-01-02' order by 1"
    )
    assert touched == [("A",), ("B",)]


# --- ledger, gold and measurements


def test_the_ledger_adds_up(loaded: Context) -> None:
    replayed(with_dates(loaded))
    assert counted(loaded) == [(3, 2, 1)] * 2


def test_measurements_equal_a_new_measurement(loaded: Context) -> None:
    context = with_dates(loaded)
    replayed(context)
    before = everything(loaded.engine)
    with loaded.engine.begin() as connection:
        measure(connection, [1, 2], read_source_contract(context.settings))
    assert everything(loaded.engine) == before


def test_replayed_rows_fail_no_expectation(loaded: Context) -> None:
    replayed(with_dates(loaded), QuarantineFilter(expectation="valid_invoice_date"))
    found = query(
        loaded.engine,
        "select passed, failed from quality.expectation_results where expectation = 'valid_invoice_date'",
    )
    assert found == [(3, 0)] * 2


def test_a_replayed_row_is_counted_once_on_its_date(loaded: Context) -> None:
    replayed(with_dates(loaded), QuarantineFilter(expectation="valid_invoice_date"))
    found = query(
        loaded.engine,
        "select invoice_date, layer, rows from quality.daily_counts where invoice_date = '2026-02-03' order by layer",
    )
    assert found == [(date(2026, 2, 3), "bronze", 2), (date(2026, 2, 3), "silver", 2)]
    assert query(loaded.engine, "select from quality.daily_counts where invoice_date is null") == []


def test_a_replay_does_not_change_bronze_counts(loaded: Context) -> None:
    replayed(with_dates(loaded))
    found = query(loaded.engine, "select layer, rows from quality.layer_comparison order by layer")
    assert found == [("bronze", 6), ("silver", 4)]


def test_the_warning_about_quarantined_rows_ends_with_the_replay(context: Context, put: Put) -> None:
    put(IN, OUT)
    load(context)
    warns = "select coalesce(warning, '') like '%are quarantined%', data_through from pipeline.freshness"
    assert query(context.engine, warns) == [(True, date(2026, 2, 1))]
    replayed(with_dates(context))
    assert query(context.engine, warns) == [(False, date(2026, 2, 3))]


# --- later corrections and interrupted replays


def test_a_correction_after_a_replay_replaces_everything(loaded: Context, put: Put) -> None:
    replayed(with_dates(loaded))
    put(sale(customer="C"), day=DAY_1)
    put(sale(customer="D"), day=DAY_2)
    load(loaded)
    assert (statuses(loaded), [row[0] for row in gold(loaded.engine)]) == ([], ["C", "D"])


def test_a_restored_version_is_validated_by_the_current_rules(context: Context, put: Put) -> None:
    put(IN, IN, OUT)
    load(context)
    replayed(with_dates(context))
    put(IN)
    load(context)
    put(IN, IN, OUT)
    load(context)
    assert (statuses(context), counted(context)[0]) == (["open"], (3, 2, 1))


def test_a_stopped_replay_keeps_its_committed_files(loaded: Context) -> None:
    run = Stopping(uuid4(), "replay")
    with pytest.raises(Stopped):
        replay(with_dates(loaded), run, ALL)
    assert (run.counts["files"], statuses(loaded)) == (1, ["open", "replayed", "open", "open"])
    assert gold(loaded.engine) == query(loaded.engine, FROM_SCRATCH)


class Stopping(Run):
    """A run that is cancelled after its first file."""

    def check(self) -> None:
        if self.counts["files"]:
            raise Stopped("cancelled")
